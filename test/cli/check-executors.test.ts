import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkExecutors } from '../../src/cli/check-executors.ts';
import { loadConfig } from '../../src/config/config-file.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { tempDir } from '../support/temp-dir.ts';

test.runIf(process.getuid?.() === 0)('a sandbox that root cannot make within another', async () => {
  const directory = await tempDir();
  await writeFile(path.join(directory, 'codex'), '#!/bin/sh\necho codex-cli 0.50.1\n', {
    mode: 0o755,
  });
  const codex = { type: 'codex', program: './codex' };
  const sandbox = { type: 'bubblewrap' };
  const agents = {
    held: { role: 'backend', executor: { ...codex, permissions: 'all' }, sandbox },
    nested: { role: 'backend', executor: codex, sandbox },
    free: { role: 'backend', executor: codex },
  };
  await writeFile(path.join(directory, 'aurora.config.json'), JSON.stringify({ agents }));
  const findings = await checkExecutors(await loadConfig(directory), readEnvironment());
  const warnings = findings.filter(({ level, what }) => level === 'warning' && what === 'sandbox');
  expect(warnings.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/permissions: 'all'.* to nested$/),
  ]);
});

test('each program once, with its version, and how to install what is missing', async () => {
  const directory = await tempDir();
  await writeFile(path.join(directory, 'codex'), '#!/bin/sh\necho codex-cli 0.50.1\n', {
    mode: 0o755,
  });
  const docker = path.join(directory, 'docker');
  await writeFile(docker, '#!/bin/sh\necho Cannot connect to the daemon >&2; exit 1\n', {
    mode: 0o755,
  });
  const role = 'backend';
  const agents = {
    a: { role, executor: { type: 'codex', program: './codex' } },
    b: { role, executor: { type: 'codex', program: './codex', model: 'large' } },
    c: { role, executor: { type: 'gemini', program: 'no-such-gemini' } },
    d: { role, executor: { type: 'command', command: ['no-such-command'] } },
    e: { role, executor: { type: 'function', module: './no-such.mjs' } },
    g: { role, executor: { type: 'model', model: 'nobody:knows' } },
    f: { role, executor: { type: 'command', command: ['sh', '-c', 'true'] } },
    h: {
      ...{ role, executor: 'aider' },
      sandbox: { type: 'docker', image: 'agents:1', program: docker },
    },
  };
  await writeFile(path.join(directory, 'aurora.config.json'), JSON.stringify({ agents }));
  const config = await loadConfig(directory);
  const findings = await checkExecutors(config, readEnvironment());
  expect(findings.map(({ level, detail }) => `${level}: ${detail}`)).toEqual([
    'ok: ./codex 0.50.1; for a, b',
    'error: no-such-gemini was not found, install it: npm install -g @google/gemini-cli; agents that cannot work on this machine: c',
    'warning: no-such-command was not found; agents that cannot work on this machine: d',
    'warning: ./no-such.mjs was not found; agents that cannot work on this machine: e',
    expect.stringMatching(/^warning: "nobody" of nobody:knows is not a provider.*: g$/),
    `error: \`${docker}\` cannot make a sandbox here: Cannot connect to the daemon`,
  ]);
});

test('a sandbox that shares the network is told of a web server without a token', async () => {
  const directory = await tempDir();
  const agent = { role: 'backend', executor: { type: 'command', command: ['true'] } };
  const agents = {
    open: { ...agent, sandbox: { type: 'bubblewrap' } },
    closed: { ...agent, sandbox: { type: 'bubblewrap', network: false } },
    free: agent,
  };
  await writeFile(path.join(directory, 'aurora.config.json'), JSON.stringify({ agents }));
  const config = await loadConfig(directory);
  const check = async (variables: Record<string, string>) => {
    const env = readEnvironment({ PATH: process.env['PATH'], ...variables });
    return (await checkExecutors(config, env)).filter(({ what }) => what === 'network');
  };
  expect(await check({})).toEqual([
    { level: 'warning', what: 'network', detail: expect.stringMatching(/^open can reach.*TOKEN/) },
  ]);
  expect(await check({ AURORA_TOKEN: 'sixteen-letters!' })).toEqual([]);
});
