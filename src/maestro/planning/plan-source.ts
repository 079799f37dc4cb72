/** Where a plan was read from, so that each problem can name its line. */
export interface PlanSource {
  readonly name: string;
  /** `12:7` (line and column, from 1) of a value, or undefined when the text does not hold it. */
  readonly place: (path: readonly PropertyKey[]) => string | undefined;
}

/** `tasks[3].dependsOn[0]` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : text === ''
          ? String(key)
          : `${text}.${String(key)}`,
    '',
  );
}

/** The path as a reader finds it: with file, line and column where there is a text. */
export function located(path: readonly PropertyKey[], source: PlanSource | undefined): string {
  const place = source?.place(path);
  const text = pathText(path);
  if (!source) return text === '' ? 'plan' : text;
  return [place ? `${source.name}:${place}` : source.name, text]
    .filter((part) => part !== '')
    .join(' ');
}
