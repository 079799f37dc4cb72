import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuroraError } from '../../domain/errors.ts';
import { readIfThere } from '../local-server/read-if-there.ts';
import { isReachable, serverAccount, type ServerAccount } from './server-account.ts';

/** Where one data folder keeps its Postgres. */
export interface ClusterPlace {
  /** `<dataDir>/postgres`: locks, leases, the log and, unless it had to move, the place. */
  readonly home: string;
  /** Where the cluster and, if need be, a copy of the programs lie. */
  readonly place: string;
  /** The folder that holds the cluster with its password; it exists only when complete. */
  readonly cluster: string;
  /** Postgres's own data folder (PGDATA), inside `cluster`. */
  readonly data: string;
  readonly account: ServerAccount;
}

/** Looked through in order for a folder outside a data folder that the server's user cannot enter. */
const shelters = ['/var/lib', '/var/tmp'];

/**
 * Decides, once for a data folder, where its cluster lies: inside, or, when we are root and the user
 * that Postgres runs as cannot enter the data folder, in a folder beside it that `<home>/place`
 * names from then on. Call it under the folder's lock.
 *
 * @throws AuroraError `data-folder-unusable` when the place that was chosen before is gone or shut.
 */
export async function clusterPlace(dataDir: string): Promise<ClusterPlace> {
  const home = await homeOf(dataDir);
  const place = (await readIfThere(join(home, 'place')))?.trim() ?? (await newPlace(home));
  const cluster = join(place, 'cluster');
  const data = join(cluster, 'data');
  return { home, place, cluster, data, account: await accountFor(place, cluster, data) };
}

/** Makes `<dataDir>/postgres` and returns its real path. */
export async function homeOf(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const home = join(await realpath(dataDir), 'postgres');
  if (!(await exists(home))) {
    await mkdir(home, { recursive: true });
    // Whatever the umask: the server's user walks through here.
    await chmod(home, 0o755);
  }
  return home;
}

async function newPlace(home: string): Promise<string> {
  // A cluster that is there stays there, reachable or not: accountFor() says so if it is not.
  if (await exists(join(home, 'cluster'))) return home;
  return (await isReachable(home, await serverAccount())) ? home : shelterFor(home);
}

async function accountFor(place: string, cluster: string, data: string): Promise<ServerAccount> {
  if (!(await exists(place))) {
    throw new AuroraError(
      'data-folder-unusable',
      `The embedded Postgres was kept in ${place}, which is gone. Put it back, or use another ` +
        'data folder (AURORA_DATA_DIR).',
    );
  }
  if (!(await exists(data))) return serverAccount();
  const account = await serverAccount(data);
  if (!(await isReachable(cluster, account))) {
    throw new AuroraError(
      'data-folder-unusable',
      `Postgres runs as user ${account.uid}, who can no longer enter ${cluster}. Give the folders ` +
        'above it back their x permission (chmod o+x).',
    );
  }
  return account;
}

async function shelterFor(home: string): Promise<string> {
  const account = await serverAccount();
  const failures: unknown[] = [];
  for (const shelter of shelters) {
    try {
      if (!(await isReachable(shelter, account))) continue;
      const place = join(shelter, `aurora-postgres-${randomBytes(6).toString('hex')}`);
      await mkdir(place);
      await chmod(place, 0o755);
      await writeNote(join(home, 'place'), place);
      return place;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AuroraError(
    'data-folder-unusable',
    `Postgres does not run as root, its user cannot enter ${home}, and neither ` +
      `${shelters.join(' nor ')} can take it. Use a data folder that everybody may enter ` +
      '(chmod o+x on the folders above it), or set DATABASE_URL.',
    { cause: new AggregateError(failures) },
  );
}

/** Whole or not at all: a torn note would send the next start to the wrong place. */
async function writeNote(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, `${text}\n`, { flush: true });
  await rename(`${path}.new`, path);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
