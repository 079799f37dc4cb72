import { access, constants, lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

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
 * What programs outside of the system are made of: folders of `PATH`, those to which links in them
 * lead, and the program's own. Programs come with the folders beside theirs, `lib` for instance, so
 * that it is the folder above. Of a folder that holds more than programs it is their files alone.
 */
export async function programPaths(
  program: string,
  path: string,
  home: string,
): Promise<readonly string[]> {
  const homes = [resolve(home), await realpath(home).catch(() => resolve(home))];
  const ofPath = await remember(`programs ${path} ${home}`, async () => {
    const listed = path.split(':').filter((folder) => folder.startsWith('/'));
    return (await Promise.all(listed.map((each) => pathsOfFolder(resolve(each), homes)))).flat();
  });
  const own = program.startsWith('/') ? [resolve(program), ...(await targetsOf(program))] : [];
  const ofOwn = await Promise.all(own.map((file) => pathsOfFile(file, homes, dirname)));
  return [...new Set([...ofPath, ...ofOwn.flat()].filter(isOutside))].sort();
}

async function pathsOfFolder(folder: string, homes: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const within = await Promise.all(
    entries
      .filter((entry) => entry.isSymbolicLink())
      .map(async ({ name }) => {
        const targets = await targetsOf(join(folder, name));
        return Promise.all(targets.map((file) => pathsOfFile(file, homes, aboveItsFolder)));
      }),
  );
  const itself = await firstOfPrograms([dirname(folder), folder], homes);
  const files = itself === undefined ? entries.map(({ name }) => join(folder, name)) : [];
  return [...(itself ?? (await Promise.all(files.map(ifProgram))).flat()), ...within.flat(2)];
}

const aboveItsFolder = (file: string) => dirname(dirname(file));

/** A folder that a program's file brings along; the file alone where that would be too much. */
async function pathsOfFile(
  file: string,
  homes: readonly string[],
  widest: (file: string) => string,
): Promise<string[]> {
  if (!isOutside(file)) return [];
  // A package of Node.js needs those beside it, wherever in it the program is.
  const [packages] = /^.*?\/node_modules(?=\/)/.exec(file) ?? [];
  const candidates = [...(packages === undefined ? [] : [packages]), widest(file), dirname(file)];
  return (await firstOfPrograms(candidates, homes)) ?? ifProgram(file);
}

/** The first of these folders that holds programs only, as far as one can tell by its place. */
async function firstOfPrograms(
  folders: readonly string[],
  homes: readonly string[],
): Promise<[string] | undefined> {
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => folder);
    if (![folder, real].some((each) => homes.some((home) => holdsMore(each, home)))) {
      return [folder];
    }
  }
  return undefined;
}

/** A folder of the root, a home and what it is in, and what programs keep in a home (`~/.local`). */
function holdsMore(folder: string, home: string): boolean {
  const holdHomes = ['/', '/home', dirname(home)];
  const isOfHome = holdHomes.includes(dirname(dirname(folder)));
  return (
    holdHomes.includes(dirname(folder)) ||
    (home + sep).startsWith(folder + sep) ||
    (isOfHome && basename(folder).startsWith('.'))
  );
}

async function ifProgram(file: string): Promise<string[]> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return [];
  return access(file, constants.X_OK).then(
    () => [file],
    () => [],
  );
}

/** What a link leads to, which may be a link again; nothing when it does not lead to a file. */
async function targetsOf(file: string): Promise<readonly string[]> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return [];
  const targets: string[] = [];
  for (let at = file; targets.length < 40;) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) break;
    at = resolve(dirname(at), target);
    targets.push(at);
  }
  return targets;
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
