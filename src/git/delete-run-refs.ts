import { integrationBranch } from '../domain/run.ts';
import { fetchArguments, inMirror, type Mirror } from './mirror.ts';
import { readBranchHead } from './integration-branch.ts';
import { workRefPrefix } from './refs.ts';
import { listRefs } from './remote.ts';

/**
 * Deletes the saved work of a run that its integration branch contains. What was not merged stays.
 *
 * @throws AuroraError `git-failed`
 */
export async function deleteRunRefs(
  mirror: Mirror,
  runId: string,
): Promise<{ readonly deleted: readonly string[]; readonly kept: readonly string[] }> {
  const { url, environment } = mirror;
  const prefix = workRefPrefix(runId);
  const { commits } = await listRefs(url, [`${prefix}*`], { environment });
  const head = await readBranchHead(mirror, integrationBranch(runId));
  if (commits.size === 0 || head === undefined) return { deleted: [], kept: [...commits.keys()] };
  await inMirror(mirror, [...fetchArguments, url, `+${prefix}*:${prefix}*`]);
  const merged = await inMirror(mirror, [
    'for-each-ref',
    '--format=%(refname)',
    `--merged=${head}`,
    prefix,
  ]);
  const isMerged = new Set(merged.stdout.split('\n'));
  const deleted = [...commits.keys()].filter((ref) => isMerged.has(ref));
  const kept = [...commits.keys()].filter((ref) => !isMerged.has(ref));
  for (let start = 0; start < deleted.length; start += 500) {
    const slice = deleted.slice(start, start + 500);
    // Only if still what was looked at.
    const leases = slice.map((ref) => `--force-with-lease=${ref}:${commits.get(ref)}`);
    await inMirror(mirror, ['push', '--quiet', ...leases, url, ...slice.map((ref) => `:${ref}`)]);
    const input = slice.map((ref) => `delete ${ref}\n`).join('');
    await inMirror(mirror, ['update-ref', '--stdin'], { input });
  }
  return { deleted, kept };
}
