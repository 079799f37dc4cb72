import path from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import { fetchCommit } from './fetch-commit.ts';
import type { Mirror } from './mirror.ts';
import { pushRefs } from './push-refs.ts';
import { taskRefPrefix, workRef, type AttemptKey } from './refs.ts';
import { listRefs } from './remote.ts';

/** Tries against others who move the same work. */
const maxTries = 5;

/**
 * Makes committed work that of another epoch. An attempt publishes a merge and gives up its work ref
 * in one step, or does neither; so one that was allowed to publish, and has been asleep since, cannot
 * do so once its work is kept under another ref. Idempotent; the record has to have a newer epoch
 * before, so that attempts which still save their work find out that they may not publish it.
 *
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function moveWork(mirror: Mirror, work: string, to: AttemptKey): Promise<void> {
  const { url, environment } = mirror;
  const own = workRef(to);
  await fetchCommit(mirror, work);
  for (let tries = 0; tries < maxTries; tries++) {
    const { commits } = await listRefs(url, [`${taskRefPrefix(to)}*`], { environment });
    const others = [...commits].filter(
      ([ref, commit]) => commit === work && Number(path.basename(ref)) < to.epoch,
    );
    const found = commits.get(own) ?? null;
    if (found === work && others.length === 0) return;
    const moved = await pushRefs(mirror, [
      { ref: own, expected: found, commit: work },
      ...others.map(([ref]) => ({ ref, expected: work, commit: null })),
    ]);
    if (moved === 'pushed') return;
  }
  throw new AuroraError(
    'git-failed',
    `The refs below ${taskRefPrefix(to)} in ${url} were changed by others ${maxTries} times while work was to be taken over; retry later.`,
  );
}
