/** What can be read of a task even where other parts of it are wrong. */
export interface LooseTask {
  readonly id: string | undefined;
  readonly role: string | undefined;
  readonly agent: string | undefined;
  readonly capabilities: readonly string[];
  /** With their places in the list. */
  readonly dependsOn: readonly (readonly [position: number, id: string])[];
  readonly requirements: readonly (readonly [position: number, id: string])[];
}

/** Reads the tasks of a plan that may not fit the schema, so that all problems show at once. */
export function looseTasks(input: unknown): LooseTask[] {
  return list(field(input, 'tasks')).map((task) => ({
    id: string(field(task, 'id')),
    role: string(field(task, 'role')),
    agent: string(field(task, 'agent')),
    capabilities: strings(field(task, 'capabilities')).map(([, name]) => name.trim().toLowerCase()),
    dependsOn: strings(field(task, 'dependsOn')),
    requirements: strings(field(task, 'requirements')),
  }));
}

/** Ids of the plan's requirements by position; undefined where one has none. */
export function looseRequirementIds(input: unknown): (string | undefined)[] {
  return list(field(input, 'requirements')).map((one) => string(field(one, 'id')));
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const string = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

function strings(value: unknown): (readonly [number, string])[] {
  return list(value).flatMap((entry, position) =>
    typeof entry === 'string' ? [[position, entry] as const] : [],
  );
}
