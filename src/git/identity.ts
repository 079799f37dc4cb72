import { isAbsolute } from 'node:path';
import { git } from './git.ts';
import type { Environment } from './git-environment.ts';

/** Author and committer. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

const aurora: Identity = { name: 'Aurora', email: 'aurora@localhost' };

/** The identity that origin itself configures, where it is on this machine; else Aurora's own. */
export async function readIdentity(url: string, environment: Environment): Promise<Identity> {
  if (!isAbsolute(url)) return aurora;
  const read = async (name: string) =>
    (
      await git(['config', '--local', '--get', name], { cwd: url, environment, exitCodes: [0, 1] })
    ).stdout.trim();
  const [name, email] = await Promise.all([read('user.name'), read('user.email')]);
  return { name: name || aurora.name, email: email || aurora.email };
}
