import type { TextBlock } from './text-blocks.ts';

const featureLine = /^\s*(?:Feature|Ability|Business Need):\s*(\S.*)$/;
const scenarioLine = /^\s*(?:Scenario(?: Outline| Template)?|Example|Rule|Background):/;
const stepLine = /^\s*(?:Given|When|Then|And|But|\*|\||Examples:|Scenarios:|@|#|""")/;
const loneStart = /^\s*Scenario(?: Outline| Template)?:/;
const loneStep = /^\s*(?:Given|When|Then|And|But)\s|^\s*(?:\||Examples:)/;
const fence = /^\s*(?:```|~~~)(.*)$/;
const story = /\b(?:as an?\b|i want\b|in order to\b|so that\b)/i;

export interface GherkinParts {
  readonly blocks: readonly TextBlock[];
  /** The request with its features and scenarios blanked out one for one: what is left is prose. */
  readonly prose: string;
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Takes the Gherkin features out of a request, wherever they stand in it, in a fence or not. A feature
 * is what is wanted, in the words of its story where it has one; its scenarios say how it is judged.
 * So do scenarios without a feature, of what stands before them or of what they are named after.
 */
export function gherkinParts(request: string): GherkinParts {
  if (!/^\s*(?:Feature:|Scenario|Given\s)/m.test(request)) return { blocks: [], prose: request };
  const blocks: TextBlock[] = [];
  let prose = request;
  const take = (lines: readonly Line[]) => {
    const [first, last] = [lines[0] as Line, lines.at(-1) as Line];
    const blank = request.slice(first.start, last.end).replace(/[^\n]/g, ' ');
    prose = prose.slice(0, first.start) + blank + prose.slice(last.end);
  };
  for (const feature of features(linesOf(request))) {
    blocks.push(...featureBlocks(request, feature));
    take(feature);
  }
  for (const scenario of loneScenarios(linesOf(prose))) {
    blocks.push(block(request, 'lone scenario', scenario));
    take(scenario);
  }
  return { blocks, prose };
}

/** Runs of lines that belong to one feature each; a heading, a fence or other prose ends one. */
function features(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  let open: Line[] | undefined;
  let inSteps = false;
  for (const line of lines) {
    if (featureLine.test(line.text)) {
      found.push((open = [line]));
      inSteps = false;
      continue;
    }
    const isOver = fence.test(line.text) || /^#{1,6}\s/.test(line.text);
    const belongs =
      line.text.trim() === '' || scenarioLine.test(line.text) || /^\s/.test(line.text);
    if (isOver || (inSteps && !belongs && !stepLine.test(line.text))) open = undefined;
    inSteps ||= scenarioLine.test(line.text);
    open?.push(line);
  }
  return found;
}

/** Scenarios outside of features, with or without a name; "Given the budget, …" alone is prose. */
function loneScenarios(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  let open: Line[] | undefined;
  for (const line of lines) {
    if (line.text.trim() === '') continue;
    const starts = loneStart.test(line.text) || (!open && /^\s*Given\s/.test(line.text));
    if (starts) found.push((open = [line]));
    else if (loneStep.test(line.text)) open?.push(line);
    else open = undefined;
  }
  return found.filter((scenario) => scenario.some(({ text }) => /^\s*Then\s/.test(text)));
}

function featureBlocks(request: string, [head, ...rest]: readonly Line[]): TextBlock[] {
  const at = rest.findIndex(({ text }) => scenarioLine.test(text));
  const description = (at === -1 ? rest : rest.slice(0, at)).filter(
    ({ text }) => text.trim() !== '' && !stepLine.test(text),
  );
  const told = story.test(description.map(({ text }) => text).join(' '));
  const title = head as Line;
  const name = title.text.length - title.text.replace(/^\s*[^:]*:\s*/, '').length;
  const wanted = told
    ? block(request, 'paragraph', description)
    : block(request, 'item', [{ ...title, start: title.start + name }]);
  return [
    wanted,
    ...scenarios(at === -1 ? [] : rest.slice(at)).map((each) => block(request, 'scenario', each)),
  ];
}

function scenarios(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  for (const line of lines) {
    if (line.text.trim() === '' || /^\s*[@#]/.test(line.text)) continue;
    if (scenarioLine.test(line.text)) found.push([line]);
    else found.at(-1)?.push(line);
  }
  return found;
}

function block(request: string, kind: TextBlock['kind'], lines: readonly Line[]): TextBlock {
  const first = lines[0] as Line;
  const lead = request.slice(first.start, first.end).search(/\S|$/);
  const start = first.start + lead;
  const text = request.slice(start, (lines.at(-1) as Line).end).replace(/[\n\r\t]/g, ' ');
  return { kind, start, text, indent: 0 };
}

function linesOf(request: string): Line[] {
  let start = 0;
  return request.split('\n').map((text) => {
    const line = { start, end: start + text.length, text };
    start = line.end + 1;
    return line;
  });
}
