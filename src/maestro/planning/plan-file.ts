import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { AuroraError, type Problem } from '../../domain/errors.ts';
import type { PlanSource } from './plan-source.ts';
import { firstNonText } from './request-text.ts';

/** The largest plan file, in UTF-16 units: far above 20,000 tasks with prompts of a page each. */
const maxPlanCharacters = 32_000_000;
/** Aliases may repeat this much; more is a bomb that grows without bound when it is opened. */
const maxAliasCount = 100;

export interface PlanFile {
  /** Not validated yet. */
  readonly content: unknown;
  readonly source: PlanSource;
}

/**
 * Reads a plan file, YAML or JSON (which YAML 1.2 contains).
 *
 * @throws AuroraError `plan-invalid`: empty, too large, binary, or not YAML; every syntax error is
 *   listed with line and column
 */
export function parsePlanFile(text: string, fileName: string): PlanFile {
  if (text.length > maxPlanCharacters) {
    throw new AuroraError(
      'plan-invalid',
      `${fileName} has ${text.length.toLocaleString('en-US')} characters; at most ${maxPlanCharacters.toLocaleString('en-US')} are taken. Split the plan.`,
    );
  }
  if (text.trim() === '') {
    throw new AuroraError(
      'plan-invalid',
      `${fileName} is empty. A plan needs "version: 1" and "tasks:".`,
    );
  }
  const binary = firstNonText(text);
  if (binary !== undefined) {
    throw new AuroraError(
      'plan-invalid',
      `${fileName} is not a text file: character ${binary + 1} is a control character or not valid UTF-8.`,
    );
  }
  const json = parseJson(text);
  if (json !== undefined) {
    // Only a problem needs places, and they cost ten times what the content costs (measured).
    let read: PlacedDocument | undefined;
    const place: PlanSource['place'] = (path) => placeOf((read ??= readDocument(text)), path);
    return { content: json, source: { name: fileName, place } };
  }
  const read = readDocument(text);
  const problems: Problem[] = read.document.errors.map(({ pos, message }) => ({
    path: `${fileName}:${read.at(pos[0])}`,
    message,
  }));
  if (problems.length > 0) throw unreadable(fileName, problems);
  let content: unknown;
  try {
    content = read.document.toJS({ maxAliasCount });
  } catch (error) {
    // yaml reports too many aliases, and aliases without an anchor, by throwing this.
    if (!(error instanceof ReferenceError)) throw error;
    throw unreadable(fileName, [{ path: fileName, message: error.message }]);
  }
  return { content, source: { name: fileName, place: (path) => placeOf(read, path) } };
}

interface PlacedDocument {
  readonly document: Document;
  /** `line:column` of a character. */
  readonly at: (offset: number) => string;
}

function readDocument(text: string): PlacedDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return `${line}:${col}`;
  };
  return { document, at };
}

/** The content when the text is JSON; undefined when it may be YAML. */
function parseJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unreadable(fileName: string, problems: readonly Problem[]): AuroraError {
  const first = problems[0];
  return new AuroraError(
    'plan-invalid',
    `${fileName} cannot be read as YAML or JSON: ${first?.path ?? fileName}: ${first?.message ?? ''}`,
    { problems },
  );
}

/** The value's own place, or that of the nearest thing around it when it is missing. */
function placeOf(
  { document, at }: PlacedDocument,
  path: readonly PropertyKey[],
): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown =
      length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return at(node.range[0]);
  }
  return undefined;
}
