import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { programPaths } from '../../../src/agents/confinement/system.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function makeHome() {
  const home = join(await tempDir(), 'homes/me');
  const file = async (name: string, mode = 0o755) => {
    const path = join(home, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '#!/bin/sh\n', { mode });
    return path;
  };
  const link = async (name: string, target: string) => {
    const path = join(home, name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  };
  return { home, file, link };
}

test('a home, what it is in and its dot folders are never shown for a program in them', async () => {
  const { home, file, link } = await makeHome();
  const deploy = await file('deploy.sh');
  await file('.local/bin/tool');
  await file('.cargo/bin/cargo');
  await file('notes.txt', 0o644);
  await link('.local/bin/deploy', deploy);
  await link('.local/bin/home', home);
  await link('.local/bin/everything', dirname(home));
  await link('.local/bin/of-others', await file('../other/run'));
  await link('here', home);
  const path = [join(home, '.local/bin'), `${home}/.cargo/bin/`].join(':');
  expect(await programPaths('tool', path, home)).toEqual([
    join(home, '.cargo/bin'),
    join(home, '.local/bin'),
    deploy,
    join(dirname(home), 'other/run'),
  ]);
  expect(await programPaths(deploy, '', home)).toEqual([deploy]);
  const agent = await file('.agent/run');
  expect(await programPaths(agent, '', home)).toEqual([agent]);
  // On the PATH itself, also by another name: its programs, and not what else it holds.
  expect(await programPaths('x', home, `${home}/`)).toEqual([deploy]);
  const named = join(home, 'here');
  expect(await programPaths('x', named, home)).toEqual([join(named, 'deploy.sh')]);
  expect(await programPaths('/srv', '/:/srv', home)).not.toContain('/');
  expect(await programPaths('/srv', '/:/srv', home)).not.toContain('/srv');
});

test('programs below a home come with what they are made of', async () => {
  const { home, file, link } = await makeHome();
  await link('.local/bin/agent', await file('.local/lib/node_modules/@it/agent/dist/bin/cli.js'));
  await link('.local/bin/native', await file('.local/share/native/versions/2.1'));
  await file('.nvm/versions/node/v22/bin/node');
  const path = ['.local/bin', '.nvm/versions/node/v22/bin'].map((each) => join(home, each));
  expect(await programPaths('agent', path.join(':'), home)).toEqual(
    [
      ...['.local/bin', '.local/lib/node_modules', '.local/share/native'],
      '.nvm/versions/node/v22',
    ].map((each) => join(home, each)),
  );
});
