import path, { isAbsolute } from 'node:path';
import type { DeliveryRequest } from '../domain/delivery.ts';
import { AuroraError } from '../domain/errors.ts';
import type { ForgeSettings } from '../domain/forge.ts';
import { integrationBranch } from '../domain/run.ts';
import { forwardBranch } from '../git/forward-branch.ts';
import { git } from '../git/git.ts';
import { readBranchHead } from '../git/integration-branch.ts';
import type { MirrorCache } from '../git/mirror-cache.ts';
import type { Mirror } from '../git/mirror.ts';
import { pushBranch } from '../git/push-branch.ts';
import { writePatch } from '../git/write-patch.ts';
import type { Db } from '../storage/database.ts';
import { recordDelivery, type Delivery } from '../storage/delivery-store.ts';
import { getRun, type Run } from '../storage/run-store.ts';
import { deliveryText } from './delivery-text.ts';
import { findForge } from './find-forge.ts';

export interface DeliveryDeps {
  readonly db: Db;
  readonly mirrors: MirrorCache;
  readonly forge: ForgeSettings;
}

/**
 * Hands a run's work over: moves a branch forward, writes a patch, or opens a pull request. Repeating it
 * changes nothing, or brings what is there up to date; then it is recorded with the run.
 *
 * @param isPartial deliver what is merged so far of a run that is not done
 * @throws AuroraError run-not-found, delivery-refused; what the ways of delivery throw
 */
export async function deliverRun(
  { db, mirrors, forge }: DeliveryDeps,
  runId: string,
  request: DeliveryRequest,
  isPartial = false,
): Promise<Delivery> {
  const run = await getRun(db, runId);
  const { repository, baseCommit } = run;
  if (repository === null || baseCommit === null) {
    throw new AuroraError(
      'delivery-refused',
      `Run ${runId} has no repository: nothing to deliver.`,
    );
  }
  if (run.state !== 'done' && !isPartial) {
    throw new AuroraError(
      'delivery-refused',
      `Run ${runId} is ${run.state}, not done. With --partial what is merged so far is delivered.`,
    );
  }
  const mirror = await mirrors.open(repository);
  const commit = await readBranchHead(mirror, integrationBranch(runId));
  if (commit === undefined) {
    throw new AuroraError(
      'delivery-refused',
      `The branch ${integrationBranch(runId)} is not in ${repository}: nothing was merged, or it was deleted.`,
    );
  }
  const text = await deliveryText(db, run);
  const { kind } = request;
  switch (kind) {
    case 'branch': {
      const { branch } = request;
      await forwardBranch(mirror, { branch, commit });
      return recordDelivery(db, { runId, kind, target: branch, commit, url: null });
    }
    case 'patch': {
      const file = path.resolve(request.file);
      const message = `${text.title}\n\n${text.body}\n`;
      await writePatch(mirror, { base: baseCommit, head: commit, file, message });
      return recordDelivery(db, { runId, kind, target: file, commit, url: null });
    }
    case 'pr': {
      const into = request.into ?? targetOf(run);
      const remote = await forgeRemote(mirror);
      const found = findForge(remote, forge);
      const from = integrationBranch(runId);
      if (remote !== mirror.url) await pushBranch(mirror, { remote, branch: from, commit });
      const { url } = await found.pullRequest({ from, into, ...text });
      return recordDelivery(db, { runId, kind, target: into, commit, url });
    }
  }
}

function targetOf({ id, baseBranch }: Run): string {
  if (baseBranch !== null && baseBranch !== 'HEAD') return baseBranch;
  throw new AuroraError(
    'request-invalid',
    `Run ${id} began from no branch: say with --into which one the pull request is for.`,
  );
}

/** Where the repository is hosted; of a clone on this machine, where it was cloned from. */
async function forgeRemote({ url, environment }: Mirror): Promise<string> {
  if (!isAbsolute(url)) return url;
  const args = ['config', '--get', 'remote.origin.url'];
  const { stdout } = await git(args, { cwd: url, environment, exitCodes: [0, 1] });
  return stdout.trim() || url;
}
