import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AuroraError } from '../../domain/errors.ts';

/** The user that a Postgres server runs as. Undefined fields: as ourselves. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Postgres refuses to run as root: then it runs as whoever owns the cluster already, and `nobody`
 * for a new one.
 *
 * @throws AuroraError `embedded-postgres-failed` when we are root and there is no user `nobody`.
 */
export async function serverAccount(existingData?: string): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {};
  if (existingData !== undefined) {
    const { uid, gid } = await stat(existingData);
    if (uid !== 0) return { uid, gid };
  }
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = /^nobody:.*$/m.exec(passwd)?.[0].split(':');
  if (!fields) {
    throw new AuroraError(
      'embedded-postgres-failed',
      'Postgres does not run as root, and this system has no user `nobody` to run it as. ' +
        'Start Aurora as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** Whether `account` may read `path` (and enter it or run it, if it has any x bit) by its mode bits. */
export async function isReachable(path: string, account: ServerAccount): Promise<boolean> {
  if (account.uid === undefined) return true;
  const own = await stat(path);
  const needed = own.isDirectory() || (own.mode & 0o111) !== 0 ? 0o5 : 0o4;
  if ((bitsFor(own, account) & needed) !== needed) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((bitsFor(await stat(folder), account) & 0o1) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function bitsFor(file: { uid: number; gid: number; mode: number }, account: ServerAccount): number {
  if (file.uid === account.uid) return (file.mode >> 6) & 0o7;
  if (file.gid === account.gid) return (file.mode >> 3) & 0o7;
  return file.mode & 0o7;
}
