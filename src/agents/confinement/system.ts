import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

/** What programs of a machine are made of, and how they find each other and the network. */
const folders = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/sys'],
  ...['/nix/store', '/gnu/store', '/var/lib/ca-certificates'],
];

/** Milliseconds. Programs and settings of a machine change seldom, and are many to look through. */
const memory = 60_000;

export interface SystemFolder {
  readonly path: string;
  /** Where it leads, when it is a link. */
  readonly link: string | undefined;
}

/** The folders of the system that this machine has. */
export async function systemFolders(): Promise<readonly SystemFolder[]> {
  const found = await Promise.all(
    folders.map(async (path) => {
      const entry = await lstat(path).catch(() => undefined);
      if (entry === undefined) return [];
      return [{ path, link: entry.isSymbolicLink() ? await readlink(path) : undefined }];
    }),
  );
  return found.flat();
}

const isOutside = (folder: string) =>
  folder !== '/' && !folders.some((each) => folder === each || folder.startsWith(each + sep));

/**
 * Folders outside of the system from which programs are started: those of `PATH`, those to which links
 * in them lead, and the program's own. Programs come with the folders beside theirs, `lib` for
 * instance, so that it is the folder above; but a home, or a folder of the root, holds more than programs.
 */
export async function programFolders(
  program: string,
  path: string,
  home: string,
): Promise<readonly string[]> {
  const ofPath = await remember(`programs ${path}`, async () => {
    const listed = path.split(':').filter((folder) => folder.startsWith('/'));
    return [...listed, ...(await Promise.all(listed.map(foldersOfLinks))).flat()];
  });
  const widened = ofPath.filter(isOutside).map((folder) => {
    const above = dirname(folder);
    const holdsMore =
      above === home || [above, dirname(above)].some((each) => /^\/(?:home)?$/.test(each));
    return holdsMore ? folder : above;
  });
  const own = program.startsWith('/') ? [dirname(program), ...(await foldersOfLink(program))] : [];
  return [...new Set([...widened, ...own.filter(isOutside)])].sort();
}

async function foldersOfLinks(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink());
  return (await Promise.all(links.map(({ name }) => foldersOfLink(join(folder, name))))).flat();
}

/** The folders of what a link leads to, which may be a link again. */
async function foldersOfLink(file: string, longest = 10): Promise<readonly string[]> {
  const target = await readlink(file).catch(() => undefined);
  if (target === undefined || longest === 0) return [];
  const next = resolve(dirname(file), target);
  return [dirname(next), ...(await foldersOfLink(next, longest - 1))];
}

/** A file or folder of which not everybody on this machine may know what is in it. */
export interface Secret {
  readonly path: string;
  readonly isFolder: boolean;
}

/** What root could read of the system's settings and others could not; for others nothing. */
export async function systemSecrets(): Promise<readonly Secret[]> {
  if (process.getuid?.() !== 0) return [];
  const found = await remember('secrets', async () => {
    const below = await Promise.all(['/etc', '/usr/local/etc'].map(secretsBelow));
    return below.flat();
  });
  const there = await Promise.all(found.map(({ path }) => lstat(path).catch(() => undefined)));
  return found.filter((_, index) => there[index] !== undefined);
}

async function secretsBelow(folder: string): Promise<readonly Secret[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isSymbolicLink()) return [];
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory();
      const { mode } = await lstat(path).catch(() => ({ mode: 0o777 }));
      const wanted = isFolder ? 0o005 : 0o004;
      if ((mode & wanted) !== wanted) return [{ path, isFolder }];
      return isFolder ? secretsBelow(path) : [];
    }),
  );
  return found.flat();
}

const remembered = new Map<string, { readonly until: number; readonly value: unknown }>();

async function remember<T>(key: string, find: () => Promise<T>): Promise<T> {
  const known = remembered.get(key);
  if (known !== undefined && known.until > Date.now()) return known.value as T;
  const value = await find();
  remembered.set(key, { until: Date.now() + memory, value });
  return value;
}
