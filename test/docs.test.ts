import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { renderErrorDocs } from '../src/cli/error-docs.ts';
import { roles } from '../src/domain/role.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
/** Tables are aligned by the formatter; what they say is compared. */
const words = (text: string) => text.replace(/[\s|-]+/g, ' ').trim();

test('docs/errors.md lists exactly the error codes', () => {
  expect(words(read('docs/errors.md'))).toBe(words(renderErrorDocs()));
});

test('the Procfile has a process for every role, and release, web and maestro', () => {
  const lines = read('Procfile').trim().split('\n');
  const served = lines
    .map((line) => / dist\/workers\/agents\.js ([a-z-]+)$/.exec(line)?.[1])
    .filter(Boolean);
  expect(served.sort()).toEqual([...roles].sort());
  expect(lines.map((line) => line.split(':')[0])).toEqual(
    expect.arrayContaining(['release', 'web', 'maestro']),
  );
});

test('links between the documents lead somewhere', () => {
  for (const file of [
    'README.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/operations.md',
    'docs/agents.md',
    'docs/assignment.md',
    'docs/escalations.md',
  ]) {
    for (const [, target] of read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      const found = path.join(root, path.dirname(file), target as string);
      expect(existsSync(found), `${file} links to ${target}`).toBe(true);
    }
  }
});
