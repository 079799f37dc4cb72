import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface MergeCase {
  readonly name: string;
  readonly path: string;
  readonly base: string;
  readonly left: string;
  readonly right: string;
  readonly expected: string;
}

const folder = path.join(import.meta.dirname, 'cases');

/**
 * The cases in `cases/`: each one a file with conflicts as git shows them with their base, and after
 * each conflict, up to a line of percent signs, what the developer made of it.
 */
export function readCases(): readonly MergeCase[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cases'))
    .flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split(/^=== /m).slice(1))
    .map(parseCase);
}

type Version = 'base' | 'left' | 'right' | 'expected';
const markers: Readonly<Record<string, readonly Version[]>> = {
  '<<<<<<<': ['left'],
  '|||||||': ['base'],
  '=======': ['right'],
  '>>>>>>>': ['expected'],
  '%%%%%%%': ['base', 'left', 'right', 'expected'],
};

function parseCase(text: string): MergeCase {
  const [heading = '', ...lines] = text.split('\n');
  const [name = '', file = ''] = heading.split(' | ');
  const versions: Record<Version, string[]> = { base: [], left: [], right: [], expected: [] };
  let into = markers['%%%%%%%'] as readonly Version[];
  for (const line of lines) {
    const marker = markers[line];
    if (marker !== undefined) into = marker;
    else for (const version of into) versions[version].push(line);
  }
  const { base, left, right, expected } = versions;
  return {
    ...{ name, path: file.trim(), base: base.join('\n'), left: left.join('\n') },
    ...{ right: right.join('\n'), expected: expected.join('\n') },
  };
}

/** Every second case, by a hash of its name, was not looked at while resolvers were tuned. */
export function isHeldOut(name: string): boolean {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + char.charCodeAt(0)) % 65_521;
  return hash % 2 === 1;
}
