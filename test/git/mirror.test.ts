import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fetchMirror, inMirror, openMirror } from '../../src/git/mirror.ts';
import { tempDir } from '../support/temp-dir.ts';
import {
  commitFiles,
  environment,
  makeProject,
  makeRepository,
  plainGit,
  serveRepositories,
} from './repositories.ts';

const tip = async (mirror: Awaited<ReturnType<typeof openMirror>>, ref: string) =>
  (await inMirror(mirror, ['rev-parse', ref])).stdout.trim();

test('follows origin: new commits, dropped branches, tags', async () => {
  const { origin, head, mirror } = await makeProject();
  expect(await tip(mirror, 'origin/main')).toBe(head);
  await plainGit(origin, 'branch', 'side');
  await plainGit(origin, 'tag', 'v1');
  await fetchMirror(mirror);
  expect(await tip(mirror, 'origin/side')).toBe(head);
  await plainGit(origin, 'branch', '-D', 'side');
  await plainGit(origin, 'branch', 'side/deeper');
  const next = await commitFiles(origin, { 'b.txt': 'b' });
  await fetchMirror(mirror);
  expect(await tip(mirror, 'origin/main')).toBe(next);
  expect(await tip(mirror, 'origin/side/deeper')).toBe(head);
  await expect(tip(mirror, 'origin/side')).rejects.toThrow();
});

test('many at once on one folder, some of them new processes', async () => {
  const { directory: url, head } = await makeRepository();
  const directory = join(await tempDir(), 'mirrors', 'mirror');
  const script = `
    import { openMirror } from ${JSON.stringify(join(import.meta.dirname, '../../src/git/mirror.ts'))};
    await openMirror(JSON.parse(process.argv[1]));`;
  const others = [1, 2].map(
    () =>
      new Promise((resolve, reject) => {
        const options = JSON.stringify({ url, directory, environment });
        const args = ['--import', 'tsx', '--input-type=module', '-e', script, options];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
        child.once('error', reject).once('exit', resolve);
      }),
  );
  const mirrors = await Promise.all(
    Array.from({ length: 8 }, () => openMirror({ url, directory, environment })),
  );
  expect(await Promise.all(others)).toEqual([0, 0]);
  for (const mirror of mirrors) expect(await tip(mirror, 'origin/main')).toBe(head);
  expect(await readdir(dirname(directory))).toEqual(['mirror']);
});

test('what killed processes left is removed, and does not disturb', async () => {
  const { directory: url } = await makeRepository();
  const directory = join(await tempDir(), 'mirror');
  const dead = spawn('true');
  await new Promise((resolve) => dead.once('exit', resolve));
  await mkdir(`${directory}.new-${dead.pid}-abc/objects`, { recursive: true });
  await openMirror({ url, directory, environment });
  expect(await readdir(dirname(directory))).toEqual(['mirror']);
});

test('a folder in the way', async () => {
  const { directory: url } = await makeRepository();
  const directory = await tempDir();
  await writeFile(join(directory, 'mine.txt'), 'mine');
  await expect(openMirror({ url, directory, environment })).rejects.toThrow(
    /in the way of a mirror/,
  );
  expect(await readdir(directory)).toEqual(['mine.txt']);
});

test('detached, shallow, sha256 and remote origins', async () => {
  const { directory: url, head } = await makeRepository();
  const second = await commitFiles(url, { 'b.txt': 'b' });
  await plainGit(url, 'checkout', '--quiet', '--detach');
  const third = await commitFiles(url, { 'c.txt': 'c' });
  const root = await tempDir();
  const detached = await openMirror({ url, directory: join(root, 'detached'), environment });
  expect(await tip(detached, third)).toBe(third);

  const shallow = join(root, 'shallow-origin');
  await plainGit('/', 'clone', '--quiet', '--depth=1', '--branch=main', `file://${url}`, shallow);
  const ofShallow = await openMirror({
    url: shallow,
    directory: join(root, 'shallow'),
    environment,
  });
  expect(await tip(ofShallow, 'origin/main')).toBe(second);
  await expect(tip(ofShallow, `${head}^{commit}`)).rejects.toThrow();

  const sha256 = await makeRepository({ initArguments: ['--object-format=sha256'] });
  const ofSha256 = await openMirror({
    ...{ url: sha256.directory, directory: join(root, 'sha256'), environment },
  });
  expect(await tip(ofSha256, 'origin/main')).toBe(sha256.head);

  const served = `${await serveRepositories(dirname(url))}origin`;
  const ofUrl = await openMirror({ url: served, directory: join(root, 'url'), environment });
  expect(await tip(ofUrl, 'origin/main')).toBe(second);
});

test("origin's own identity is kept, and what an agent changed is put back", async () => {
  const { origin, mirror } = await makeProject();
  expect(mirror.identity).toEqual({ name: 'Aurora', email: 'aurora@localhost' });
  await inMirror(mirror, ['config', 'user.name', 'Mallory']);
  await inMirror(mirror, ['config', '--add', 'remote.origin.url', '/elsewhere']);
  await plainGit(origin, 'config', 'user.name', 'Project Robot');
  const { url, directory } = mirror;
  const again = await openMirror({ url, directory, environment });
  expect(again.identity).toEqual({ name: 'Project Robot', email: 'aurora@localhost' });
  expect(await plainGit(directory, 'config', '--get-all', 'user.name')).toContain('Project Robot');
  expect(await plainGit(directory, 'config', '--local', '--get-all', 'remote.origin.url')).toBe(
    url,
  );
});

test('an agent cannot push by itself', async () => {
  const { origin, head, mirror } = await makeProject();
  await expect(
    plainGit(mirror.directory, 'push', 'origin', `${head}:refs/heads/sneaked`),
  ).rejects.toThrow(/agents-do-not-push/);
  await expect(plainGit(origin, 'rev-parse', 'sneaked')).rejects.toThrow();
});

test('an origin that has vanished is said in the words of git', async () => {
  const { mirror } = await makeProject();
  const { directory } = mirror;
  const url = join(await tempDir(), 'vanished');
  await expect(openMirror({ url, directory, environment })).rejects.toThrow(/vanished/);
  onTestFinished(async () => void (await stat(directory)));
});
