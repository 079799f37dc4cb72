import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inspectRepository } from '../../src/git/inspect-repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import {
  commitFiles,
  environment,
  makeRepository,
  plainGit,
  serveRepositories,
  writeFiles,
} from './repositories.ts';

const inspect = (pathOrUrl: string, timeout?: number) =>
  inspectRepository(pathOrUrl, { environment, ...(timeout === undefined ? {} : { timeout }) });
const refused = (words: string) =>
  expect.objectContaining({ code: 'repository-invalid', message: expect.stringContaining(words) });

test('a clean repository', async () => {
  const { directory, head } = await makeRepository();
  const expected = { url: directory, defaultBranch: 'main', head, dirty: false };
  expect(await inspect(directory)).toEqual(expected);
  expect(await inspect(`file://${directory}`)).toEqual(expected);
});

test('a folder inside, and a link to it: its top level', async () => {
  const { directory, head } = await makeRepository({ files: { 'src/a.ts': '' } });
  expect(await inspect(join(directory, 'src'))).toMatchObject({ url: directory, head });
  const link = join(await tempDir(), 'link');
  await symlink(directory, link);
  expect(await inspect(link)).toMatchObject({ url: directory, head });
});

test('uncommitted changes are told, and not worked on', async () => {
  const { directory, head } = await makeRepository();
  await writeFiles(directory, { 'new.txt': 'new' });
  expect(await inspect(directory)).toMatchObject({ head, dirty: true });
});

test('no main: the branch of HEAD', async () => {
  const { directory } = await makeRepository();
  await plainGit(directory, 'branch', '-m', 'main', 'trunk');
  expect(await inspect(directory)).toMatchObject({ defaultBranch: 'trunk' });
});

test('a detached HEAD: its commit', async () => {
  const { directory, head } = await makeRepository();
  await commitFiles(directory, { 'b.txt': 'b' });
  await plainGit(directory, 'checkout', '--quiet', '--detach', head);
  expect(await inspect(directory)).toMatchObject({ defaultBranch: 'HEAD', head });
});

test('a bare repository is fine', async () => {
  const { directory, head } = await makeRepository();
  const bare = join(await tempDir(), 'bare.git');
  await plainGit(directory, 'clone', '--quiet', '--bare', '.', bare);
  expect(await inspect(bare)).toEqual({ url: bare, defaultBranch: 'main', head, dirty: false });
});

test('HEAD names a missing branch: main, else the only one, else a question', async () => {
  const { directory, head } = await makeRepository();
  const bare = join(await tempDir(), 'bare.git');
  await plainGit(directory, 'clone', '--quiet', '--bare', '.', bare);
  await plainGit(bare, 'symbolic-ref', 'HEAD', 'refs/heads/nothing');
  expect(await inspect(bare)).toMatchObject({ defaultBranch: 'main', head });
  await plainGit(bare, 'branch', '-m', 'main', 'one');
  expect(await inspect(bare)).toMatchObject({ defaultBranch: 'one', head });
  await plainGit(bare, 'branch', 'two', 'one');
  await expect(inspect(bare)).rejects.toThrow(refused('git symbolic-ref HEAD'));
});

test('a shallow clone is fine', async () => {
  const { directory } = await makeRepository();
  const head = await commitFiles(directory, { 'b.txt': 'b' });
  const shallow = join(await tempDir(), 'shallow');
  await plainGit('/', 'clone', '--quiet', '--depth=1', `file://${directory}`, shallow);
  expect(await inspect(shallow)).toMatchObject({ head });
});

test('a sha256 repository is fine', async () => {
  const { directory, head } = await makeRepository({ initArguments: ['--object-format=sha256'] });
  expect(head).toHaveLength(64);
  expect(await inspect(directory)).toMatchObject({ head });
});

test('what is not a repository is refused with the way out', async () => {
  const folder = await tempDir();
  await expect(inspect(join(folder, 'missing'))).rejects.toThrow(refused('no such folder'));
  await expect(inspect(folder)).rejects.toThrow(refused('git init'));
  await writeFile(join(folder, 'file'), '');
  await expect(inspect(join(folder, 'file'))).rejects.toThrow(refused('it is a file'));
  for (const bare of [[], ['--bare']]) {
    const empty = join(folder, `empty${bare.length}`);
    await mkdir(empty);
    await plainGit(empty, 'init', '--quiet', ...bare);
    await expect(inspect(empty)).rejects.toThrow(refused('make a first commit'));
  }
});

test('a URL', async () => {
  const { directory, head } = await makeRepository();
  const address = await serveRepositories(dirname(directory));
  const url = `${address}origin`;
  expect(await inspect(url)).toEqual({ url, defaultBranch: 'main', head, dirty: false });
  await expect(inspect(`${address}missing`)).rejects.toThrow(refused('does not answer'));
});

test('a server that accepts and then says nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await expect(inspect(`git://127.0.0.1:${port}/a`, 300)).rejects.toThrow(refused('no end after'));
});

test('nobody listens, and the credentials in the URL are neither used nor shown', async () => {
  const error = await inspect('http://ada:s3cret@127.0.0.1:9/a').catch((thrown: Error) => thrown);
  expect(error).toEqual(refused('credential helper'));
  expect((error as Error).message).not.toContain('s3cret');
});
