import type { Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { AuroraError } from '../../domain/errors.ts';
import type { ClusterPlace } from './cluster-place.ts';
import type { NativeBinaries } from './native-binaries.ts';
import { readIfThere } from '../local-server/read-if-there.ts';
import type { ServerAccount } from './server-account.ts';
import { serverFailure } from './server-failure.ts';
import { startProgram } from './start-program.ts';

/** Name of the superuser and of Aurora's database. */
export const databaseName = 'aurora';

/**
 * Makes the cluster of a place unless it is there, and returns its superuser's password. It is made
 * under another name and renamed when complete: a crash in the middle leaves only a draft, which
 * the next call removes. Call it under the folder's lock.
 *
 * @throws AuroraError `embedded-postgres-version` when another major version made the cluster,
 * `embedded-postgres-failed` or `disk-full` when initdb fails.
 */
export async function ensureCluster(
  where: ClusterPlace,
  binaries: NativeBinaries,
  log: (line: string) => void,
): Promise<string> {
  const password = await readIfThere(join(where.cluster, 'password'));
  if (password === undefined) return makeCluster(where, binaries, log);
  const major = (await readIfThere(join(where.data, 'PG_VERSION')))?.trim();
  if (major !== binaries.major) {
    throw new AuroraError(
      'embedded-postgres-version',
      `${where.data} was made by Postgres ${major ?? '(no PG_VERSION file: damaged)'}, and this ` +
        `Aurora brings Postgres ${binaries.major}. Use another data folder (AURORA_DATA_DIR), or ` +
        'dump the old one with that Postgres and restore it into the new.',
    );
  }
  return password.trim();
}

async function makeCluster(
  { place, cluster, account }: ClusterPlace,
  binaries: NativeBinaries,
  log: (line: string) => void,
): Promise<string> {
  for (const name of await readdir(place)) {
    if (!name.startsWith('cluster-draft-')) continue;
    // An initdb that outlived its killed parent may still write here.
    await rm(join(place, name), { recursive: true, force: true, maxRetries: 10 });
  }
  log('creating the database cluster of the embedded Postgres');
  const draft = join(place, `cluster-draft-${randomBytes(6).toString('hex')}`);
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(draft, 'password');
  await mkdir(join(draft, 'data'), { recursive: true });
  await chmod(draft, 0o755);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flush: true });
  try {
    await giveTo(account, passwordFile);
    await giveTo(account, join(draft, 'data'));
    await initdb(binaries.initdb, join(draft, 'data'), passwordFile, account);
    // From here on the server has no business with it.
    if (account.uid !== undefined) await chown(passwordFile, 0, 0);
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 10 });
    throw error;
  }
  return password;
}

async function initdb(
  program: string,
  data: string,
  passwordFile: string,
  account: ServerAccount,
): Promise<void> {
  // The operating system's locale only classifies characters; texts compare by the built-in one.
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const child = await startProgram(
    program,
    [
      `--pgdata=${data}`,
      `--username=${databaseName}`,
      `--pwfile=${passwordFile}`,
      '--auth-host=scram-sha-256',
      '--auth-local=reject',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      `--locale=${locale}`,
      '--no-instructions',
    ],
    {
      ...account,
      cwd: '/',
      env: { LC_MESSAGES: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const end = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal);
    });
  });
  // Both streams are read while it runs, or a full pipe would stop it.
  const [output, errors, code] = await Promise.all([read(child.stdout), read(child.stderr), end]);
  if (code !== 0) {
    throw serverFailure(`initdb ended with ${code} in ${data}`, `${output}\n${errors}`);
  }
}

async function read(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream);
}

async function giveTo(account: ServerAccount, path: string): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined)
    await chown(path, account.uid, account.gid);
}
