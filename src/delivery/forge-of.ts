import { isAbsolute } from 'node:path';
import type { ForgeSettings } from '../domain/forge.ts';
import type { Environment } from '../git/git-environment.ts';
import { git } from '../git/git.ts';
import { findForge } from './find-forge.ts';
import type { Forge, ForgeAccess } from './forge.ts';

/**
 * The forge of a repository; of a clone on this machine, that of where it was cloned from.
 *
 * @throws AuroraError `forge-unknown`, `git-failed`
 */
export async function forgeOf(
  { url, environment }: { readonly url: string; readonly environment: Environment },
  settings: ForgeSettings,
  options: Pick<ForgeAccess, 'signal' | 'known'> = {},
): Promise<{ readonly forge: Forge; readonly remote: string }> {
  const remote = isAbsolute(url) ? await clonedFrom(url, environment) : url;
  return { forge: findForge(remote, settings, options), remote };
}

async function clonedFrom(url: string, environment: Environment): Promise<string> {
  const args = ['config', '--get', 'remote.origin.url'];
  const { stdout } = await git(args, { cwd: url, environment, exitCodes: [0, 1] });
  return stdout.trim() || url;
}
