import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { AuroraError } from '../../src/domain/errors.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aurora } from './aurora-process.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let cwd: string;
beforeAll(async () => {
  cwd = await tempDir();
  for (const name of ['empty', 'plain', 'typo', 'tmp']) {
    mkdirSync(path.join(cwd, name));
  }
  git(path.join(cwd, 'empty'), 'init', '--quiet');
  makeRepository(path.join(cwd, 'dirty'), { 'a.txt': 'a' });
  writeFileSync(path.join(cwd, 'dirty', 'a.txt'), 'b');
  git(path.join(cwd, 'dirty'), 'branch', '--move', 'trunk');
  git(cwd, 'clone', '--quiet', '--bare', 'dirty', 'bare');
  writeFileSync(path.join(cwd, 'nul.txt'), 'Users can\0log in');
  writeFileSync(path.join(cwd, 'binary'), Buffer.from([0x80, 0xff, 0xfe, 0x01]));
  writeFileSync(path.join(cwd, 'large.txt'), 'Users can log in. '.repeat(60_000));
  const agents = { backend: { role: 'backnd', capabilites: [], executor: { type: 'comand' } } };
  writeFileSync(path.join(cwd, 'typo', 'aurora.config.json'), JSON.stringify({ agents }));
  writeFileSync(path.join(cwd, 'bad.yaml'), 'version: 1\ntitle: Bad\ntasks:\n  - id: a\n');
});

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: string;
  readonly says: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
const wanted = 'Users can log in';

const cases: Case[] = [
  { name: 'nothing', args: [''], code: 'requirement-invalid', says: ['empty'] },
  {
    name: 'no source at all',
    args: [],
    code: 'request-invalid',
    says: ['in exactly one way'],
  },
  {
    name: 'NUL bytes',
    args: ['--file', 'nul.txt'],
    code: 'requirement-invalid',
    says: ['NUL byte at character 10'],
  },
  {
    name: 'binary',
    args: ['--file', 'binary'],
    code: 'requirement-invalid',
    says: ['not UTF-8 text'],
  },
  {
    name: 'more than 1 MB',
    args: ['--file', 'large.txt'],
    code: 'requirement-invalid',
    says: ['at most 1,000,000'],
  },
  {
    name: 'a repository that is none',
    args: [wanted, '--repo', 'plain'],
    code: 'repository-invalid',
    says: ['not a git repository', 'git init'],
    // A folder of the person who runs the tests may be inside of a repository.
    env: { GIT_CEILING_DIRECTORIES: '/' },
  },
  {
    name: 'a repository without a commit',
    args: [wanted, '--repo', 'empty'],
    code: 'repository-invalid',
    says: ['no commit yet'],
  },
  {
    name: 'an incomplete plan file',
    args: ['--plan', 'bad.yaml'],
    code: 'plan-invalid',
    says: ['bad.yaml', 'title'],
  },
  {
    name: 'a configuration with typos',
    args: [wanted],
    code: 'config-invalid',
    says: ['did you mean "backend"?', 'did you mean "capabilities"?', 'did you mean "command"?'],
    env: { AURORA_CONFIG: 'typo/aurora.config.json' },
  },
  {
    name: 'every wrong variable at once',
    args: [wanted],
    code: 'config-invalid',
    says: ['PORT', 'DATABASE_URL', 'AURORA_TOKEN'],
    env: { PORT: 'x', DATABASE_URL: 'mysql://x', HOST: '0.0.0.0' },
  },
];

test.each(cases)('plan refuses $name', async ({ args, code, says, env = {} }) => {
  process.chdir(cwd);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const command = ['plan', ...args];
    const program = await createProgram(command);
    const error = await program.parseAsync(command, { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof AuroraError)) throw new Error(`not refused: ${String(error)}`);
    expect(error).toMatchObject({ code, kind: 'input' });
    for (const words of says) expect(error.message).toContain(words);
  } finally {
    vi.unstubAllEnvs();
  }
});

test('what is refused exits 2: a sentence for people, one JSON object for programs', async () => {
  const args = ['plan', '--file', 'nul.txt'];
  const [plain, json] = await Promise.all([
    aurora(args, { cwd }),
    aurora([...args, '--json'], { cwd }),
  ]);
  expect(plain).toMatchObject({ code: 2, stdout: '' });
  expect(plain.stderr).toMatch(/^error The request holds a NUL byte.*\nrequirement-invalid: /);
  expect(json).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'requirement-invalid' } });
});

test('a dirty repository without main is planned for, with a warning; so is a bare one', async () => {
  const env = { TMPDIR: path.join(cwd, 'tmp') };
  const [dirty, bare] = await Promise.all([
    aurora(['plan', wanted, '--repo', 'dirty', '--json'], { cwd, env }),
    aurora(['plan', wanted, '--repo', 'bare', '--json'], { cwd, env }),
  ]);
  expect(dirty.code).toBe(0);
  expect(dirty.stderr).toContain('uncommitted changes');
  expect(JSON.parse(dirty.stdout)).toHaveProperty('plan.tasks');
  expect(bare).toMatchObject({ code: 0, stderr: '' });
  // Nothing is left of the copy that was looked at.
  expect(readdirSync(env.TMPDIR).filter((name) => name.startsWith('aurora-'))).toEqual([]);
});
