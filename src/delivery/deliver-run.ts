import type { DeliveryRequest } from '../domain/delivery.ts';
import { AuroraError } from '../domain/errors.ts';
import type { ForgeSettings } from '../domain/forge.ts';
import { integrationBranch } from '../domain/run.ts';
import { forwardBranch } from '../git/forward-branch.ts';
import { restoreIntegrationBranch } from '../git/integration-branch.ts';
import type { MirrorCache } from '../git/mirror-cache.ts';
import { pushBranch } from '../git/push-branch.ts';
import { writePatch } from '../git/write-patch.ts';
import type { Db } from '../storage/database.ts';
import {
  beginDelivery,
  recordDelivery,
  type Delivery,
  type DeliveryTurn,
} from '../storage/delivery-store.ts';
import { getRun } from '../storage/run-store.ts';
import { listMerges } from '../storage/task-store.ts';
import { deliveryPlace } from './delivery-place.ts';
import { deliveryText } from './delivery-text.ts';
import { forgeOf } from './forge-of.ts';

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
 * @throws AuroraError run-not-found, delivery-refused, request-invalid; what the ways of delivery throw
 */
export async function deliverRun(
  deps: DeliveryDeps,
  runId: string,
  request: DeliveryRequest,
  isPartial = false,
): Promise<Delivery> {
  const { baseBranch } = await getRun(deps.db, runId);
  const place = { runId, ...deliveryPlace(request, baseBranch) };
  return makeDelivery(deps, await beginDelivery(deps.db, place), isPartial);
}

/**
 * Makes a delivery that was begun or taken; one that was overtaken meanwhile records nothing.
 *
 * @param signal gives up waiting for a forge
 * @throws as {@link deliverRun}
 */
export async function makeDelivery(
  { db, mirrors, forge: settings }: DeliveryDeps,
  turn: DeliveryTurn,
  isPartial = false,
  signal?: AbortSignal,
): Promise<Delivery> {
  const { runId, kind, target } = turn;
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
  const from = integrationBranch(runId);
  const commit = await restoreIntegrationBranch(mirror, runId, await listMerges(db, runId));
  if (commit === undefined) {
    throw new AuroraError(
      'delivery-refused',
      `The branch ${from} is not in ${repository}: nothing was merged.`,
    );
  }
  const text = await deliveryText(db, run);
  let url: string | null = null;
  if (kind === 'branch') await forwardBranch(mirror, { branch: target, commit });
  if (kind === 'patch') {
    const message = `${text.title}\n\n${text.body}\n`;
    await writePatch(mirror, { base: baseCommit, head: commit, file: target, message });
  }
  if (kind === 'pr') {
    const { forge, remote } = await forgeOf(mirror, settings, { signal });
    if (remote !== mirror.url) await pushBranch(mirror, { remote, branch: from, commit });
    ({ url } = await forge.pullRequest({ from, into: target, ...text }));
  }
  return recordDelivery(db, turn, { commit, url });
}
