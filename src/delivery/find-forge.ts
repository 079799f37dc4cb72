import { AuroraError } from '../domain/errors.ts';
import { forgeKinds, type ForgeKind, type ForgeSettings } from '../domain/forge.ts';
import type { Forge, ForgeAccess } from './forge.ts';
import * as forges from './forges/index.ts';

/**
 * The forge that hosts a repository.
 *
 * @param remote its git URL: https, ssh, or `git@host:owner/name.git`
 * @throws AuroraError `forge-unknown`
 */
export function findForge(
  remote: string,
  { kind, api, tokens }: ForgeSettings,
  options: Pick<ForgeAccess, 'signal' | 'known'> = {},
): Forge {
  const place = placeOf(remote);
  if (place === undefined) {
    throw new AuroraError(
      'forge-unknown',
      `${remote} is on no host where pull requests could be opened. Deliver a branch or a patch instead.`,
    );
  }
  const { host, repository } = place;
  const found = kind ?? kindOf(host);
  if (found === undefined) {
    throw new AuroraError(
      'forge-unknown',
      `It is not known what ${host} is: set AURORA_FORGE to ${forgeKinds.join(' or ')}.`,
    );
  }
  return forges[found]({
    ...{ repository, api: api ?? apiOf(found, host), token: tokens[found] },
    ...options,
  });
}

function placeOf(remote: string): { host: string; repository: string } | undefined {
  const scp = /^[^\s/@:]+@([^\s/:]+):(.+)$/.exec(remote);
  const url = scp === null && URL.canParse(remote) ? new URL(remote) : undefined;
  const host = scp?.[1] ?? url?.hostname ?? '';
  const repository = (scp?.[2] ?? url?.pathname ?? '')
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
  return host !== '' && /^[^/]+(?:\/[^/]+)+$/.test(repository) ? { host, repository } : undefined;
}

function kindOf(host: string): ForgeKind | undefined {
  if (host === 'github.com') return 'github';
  return host === 'gitlab.com' || host.startsWith('gitlab.') ? 'gitlab' : undefined;
}

function apiOf(kind: ForgeKind, host: string): string {
  if (kind === 'gitlab') return `https://${host}/api/v4`;
  return host === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3`;
}
