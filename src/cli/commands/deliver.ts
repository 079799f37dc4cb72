import type { Command } from 'commander';
import { deliverRun } from '../../delivery/deliver-run.ts';
import { deliveryTrouble, type DeliveryRequest } from '../../domain/delivery.ts';
import { AuroraError } from '../../domain/errors.ts';
import { openMirrors } from '../../runtime/fleet.ts';
import { listDeliveries, type Delivery } from '../../storage/delivery-store.ts';
import { syncFeedback, type SyncedFeedback } from '../../maestro/sync-feedback.ts';
import { getRun } from '../../storage/run-store.ts';
import { answer } from '../cli-context.ts';
import { renderTable } from '../table.ts';
import { withServices } from '../with-services.ts';

interface DeliverOptions {
  readonly branch?: string;
  readonly patch?: string;
  readonly pr?: boolean;
  readonly into?: string;
  readonly partial?: boolean;
  readonly sync?: boolean;
  readonly json?: boolean;
}

const examples = `
Without an option it shows where the run's work has gone so far. Doing it again is safe: a branch
that is there is left, and an open pull request is brought up to date. What reviewers and checks say of
a pull request becomes tasks of the run; Maestro looks for it by itself, --sync does so at once.

Pull requests need a token: GITHUB_TOKEN (or GH_TOKEN), GITLAB_TOKEN. Where the host's name does not
tell what it is: AURORA_FORGE=github or gitlab, and AURORA_FORGE_API if its API is elsewhere.

Examples:
  aurora deliver run_1 --branch main         (moves it forward, never aside)
  aurora deliver run_1 --pr --into develop
  aurora deliver run_1 --patch run.patch     (for git am or git apply)`;

export function defineDeliver(command: Command): void {
  command
    .option('--branch <name>', 'move this branch of the repository forward to the work, or make it')
    .option('--pr', 'open a pull request (GitHub) or merge request (GitLab)')
    .option(
      '--into <branch>',
      'the branch that it is for; default: the one that the run began from',
    )
    .option('--patch <file>', 'write the work as one patch')
    .option('--partial', 'also when the run is not done: what is merged so far')
    .option('--sync', 'make what reviewers and checks say of its pull request into tasks, now')
    .option('--json', 'print one JSON value')
    .addHelpText('after', examples)
    .action(deliver);
}

async function deliver(runId: string, options: DeliverOptions): Promise<void> {
  const request = requestOf(options);
  await withServices(options, async (services, maestro, context) => {
    const { db } = services.database;
    if (options.sync === true) {
      const synced = await syncFeedback(maestro, runId);
      return answer(context, synced, synced.map(renderSynced).join('\n'));
    }
    if (request === undefined) {
      await getRun(db, runId);
      const found = await listDeliveries(db, runId);
      return answer(context, found, renderDeliveries(found));
    }
    const deps = { db, mirrors: openMirrors(services), forge: context.env.forge };
    const delivery = await deliverRun(deps, runId, request, options.partial ?? false);
    answer(context, delivery, sentence(delivery));
  });
}

function requestOf({ branch, patch, pr, into, sync }: DeliverOptions): DeliveryRequest | undefined {
  const requests: DeliveryRequest[] = [
    ...(branch === undefined ? [] : [{ kind: 'branch' as const, branch }]),
    ...(patch === undefined ? [] : [{ kind: 'patch' as const, file: patch }]),
    ...(pr === true ? [{ kind: 'pr' as const, ...(into === undefined ? {} : { into }) }] : []),
  ];
  if (requests.length > 1 || (sync === true && requests.length > 0)) {
    throw new AuroraError('request-invalid', 'Name one of --branch, --pr, --patch and --sync.');
  }
  if (into !== undefined && pr !== true) {
    throw new AuroraError('request-invalid', '--into goes with --pr.');
  }
  return requests[0];
}

function sentence({ kind, target, commit, url }: Delivery): string {
  const head = commit?.slice(0, 10);
  if (kind === 'branch') return `The branch ${target} holds the work (${head}).`;
  if (kind === 'patch') return `The work is in ${target}.`;
  return `The pull request into ${target}: ${url}`;
}

function renderSynced({ url, tasks, skipped, running }: SyncedFeedback): string {
  if (url === null) return 'The pull request is not open any more.';
  return [
    `${url}: ${tasks.length === 0 ? 'nothing new' : 'new tasks'}`,
    ...tasks.map(({ id, title }) => `  + ${id}: ${title}`),
    ...skipped.map(({ what, why }) => `  - ${what}: no task, as ${why}`),
    ...(running === 0 ? [] : [`  ${running} check(s) are under way; they are waited for.`]),
  ].join('\n');
}

function renderDeliveries(found: readonly Delivery[]): string {
  if (found.length === 0) return 'Nothing has been delivered yet.';
  const rows = found.map(({ kind, target, commit, url, at, ...row }) => [
    ...[kind, target, commit?.slice(0, 10) ?? 'not yet', url ?? ''],
    ...[commit === null ? '' : at.toISOString(), deliveryTrouble(row) ?? ''],
  ]);
  return renderTable(['kind', 'target', 'commit', 'address', 'at', 'trouble'], rows);
}
