import { execFileSync } from 'node:child_process';
import { link, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openWorktreeFiles, type WorktreeFiles } from '../../../src/agents/files/worktree-files.ts';
import { tempDir } from '../../support/temp-dir.ts';

let outside: string;
let root: string;
let files: WorktreeFiles;
beforeEach(async () => {
  const folder = await tempDir();
  outside = join(folder, 'outside');
  root = join(folder, 'root');
  await mkdir(join(root, 'src'), { recursive: true });
  await mkdir(join(root, 'vendor/module/lib'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'secret');
  await writeFile(join(root, 'src/a.ts'), 'text');
  await writeFile(join(root, '.git'), 'gitdir: somewhere');
  await writeFile(join(root, 'vendor/module/.git'), 'gitdir: elsewhere');
  await symlink(outside, join(root, 'way-out'));
  await symlink(join(outside, 'secret'), join(root, 'secret'));
  await symlink('src', join(root, 'short'));
  await symlink('.git', join(root, 'disguised'));
  await symlink('nowhere', join(root, 'broken'));
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'pipe')]);
  files = await openWorktreeFiles(root);
});

test.each([
  ['a climb', '../outside/secret', /outside of the working folder/],
  ['a climb from within', 'src/../../outside/secret', /outside/],
  ['an absolute path', '/etc/passwd', /outside/],
  ['a link to a folder', 'way-out/secret', /outside/],
  ['a link to a file', 'secret', /outside/],
  ['a broken link', 'broken', /leads nowhere/],
  ["git's pointer", '.git', /git's own/],
  ['a hook', '.git/hooks/pre-commit', /git's own/],
  ['git in another case', '.GIT/config', /git's own/],
  ['git by its short name', 'GIT~1/config', /git's own/],
  ['git by a link', 'disguised', /git's own/],
  ['the list of submodules', '.gitmodules', /git's own/],
  ['a file of a submodule', 'vendor/module/lib/x', /repository of its own/],
  ['a pipe', 'pipe', /regular file|ENXIO/],
  ['a folder', 'src', /regular file|EISDIR/],
  ['NUL', 'a\0b', /NUL/],
])('%s is neither read nor written', async (_, path, message) => {
  await expect(files.read(path, 100)).rejects.toThrow(message);
  await expect(files.write(path, 'x')).rejects.toThrow(message);
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
});

test('what is inside is read and written, new folders and links within included', async () => {
  await files.write('src/deep/er/b.ts', 'new');
  await files.write('short/a.ts', 'changed');
  await files.write(join(files.root, 'c.ts'), 'absolute');
  expect(await readFile(join(root, 'src/a.ts'), 'utf8')).toBe('changed');
  const { bytes, size } = await files.read('src/deep/er/b.ts', 2);
  expect([bytes.toString(), size]).toEqual(['ne', 3]);
});

test('what is linked to elsewhere, and bytes that text cannot hold, are not overwritten', async () => {
  await link(join(outside, 'secret'), join(root, 'linked'));
  await expect(files.write('linked', 'x')).rejects.toThrow(/hard link/);
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');

  const latin = Buffer.from('caf\xe9', 'latin1');
  await writeFile(join(root, 'latin'), latin);
  await expect(files.write('latin', `${latin.toString()}!`)).rejects.toThrow(/not UTF-8/);
  expect(await readFile(join(root, 'latin'))).toEqual(latin);
  await files.write('latin', 'new');
  await files.write('latin', '\uFFFD, really');
  await truncate(join(root, 'latin'), 10 * 1024 * 1024 + 1);
  await expect(files.write('latin', '\uFFFD')).rejects.toThrow(/too large/);
  await files.write('latin', latin);
  expect(await readFile(join(root, 'latin'))).toEqual(latin);
});

test('a folder that becomes a link again and again leads nowhere', async () => {
  const folder = join(root, 'swapped');
  const aside = join(root, 'aside');
  await mkdir(folder);
  await writeFile(join(folder, 'secret'), 'harmless');
  // A write may make the folder anew whenever it is away, and fill it while it is removed.
  const put = (inPlace: () => Promise<void>): Promise<void> =>
    rm(folder, { recursive: true, force: true })
      .then(inPlace)
      .catch(() => put(inPlace));
  let swapping = true;
  const swaps = (async () => {
    while (swapping) {
      await rename(folder, aside);
      await put(() => symlink(outside, folder));
      await put(() => rename(aside, folder));
    }
  })();
  const seen = new Set<string>();
  for (let n = 0; n < 300; n++) {
    await files.read('swapped/secret', 100).then(
      ({ bytes }) => seen.add(bytes.toString()),
      () => undefined,
    );
    await files.write('swapped/new', 'x').catch(() => undefined);
  }
  swapping = false;
  await swaps;
  expect([...seen].filter((text) => text !== 'harmless')).toEqual([]);
  await expect(readFile(join(outside, 'new'))).rejects.toThrow('ENOENT');
});
