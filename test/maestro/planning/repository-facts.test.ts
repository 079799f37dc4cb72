import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  noRepositoryFacts,
  readRepositoryFacts,
} from '../../../src/maestro/planning/repository-facts.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aurora-facts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}
const npm = '{"scripts":{"test":"vitest"}}';

test('no repository, no facts', async () => {
  expect(await readRepositoryFacts(null)).toEqual(noRepositoryFacts);
  expect(await readRepositoryFacts(await folderWith({}))).toEqual(noRepositoryFacts);
});

test.each([
  [{ 'package.json': npm }, ['npm', 'test']],
  [{ 'package.json': npm, 'pnpm-lock.yaml': '' }, ['pnpm', 'test']],
  [{ 'package.json': npm, 'yarn.lock': '' }, ['yarn', 'test']],
  [{ 'package.json': npm, 'bun.lock': '' }, ['bun', 'run', 'test']],
  [
    { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
    null,
  ],
  [{ 'package.json': 'not json', Makefile: 'all:\n\ntest: all\n\ttrue\n' }, ['make', 'test']],
  [{ Makefile: 'testing:\n\ttrue\n' }, null],
  [{ 'pyproject.toml': '[tool.pytest.ini_options]' }, ['python3', '-m', 'pytest', '-q']],
  [{ 'tests/test_app.py': '' }, ['python3', '-m', 'pytest', '-q']],
  [{ 'Cargo.toml': '' }, ['cargo', 'test']],
  [{ 'go.mod': '' }, ['go', 'test', './...']],
])('the test command of %j', async (files, command) => {
  expect((await readRepositoryFacts(await folderWith(files))).testCommand).toEqual(command);
});

test('languages by number of files, without dependencies and hidden folders', async () => {
  const folder = await folderWith({
    'a.py': '',
    'b/c.py': '',
    'd.ts': '',
    'node_modules/x/y.go': '',
    '.git/hook.rb': '',
  });
  expect((await readRepositoryFacts(folder)).languages).toEqual(['python', 'typescript']);
});

test.each([
  [{ 'public/index.html': '' }, true],
  [{ 'src/App.tsx': '' }, true],
  [{ 'src/server.js': "response.setHeader('content-type', 'text/html')" }, true],
  [{ 'src/server.js': "response.setHeader('content-type', 'application/json')" }, false],
  [{ 'test/page.js': '<html>' }, false],
])('a front end in %j: %s', async (files, expected) => {
  expect((await readRepositoryFacts(await folderWith(files))).hasFrontEnd).toBe(expected);
});
