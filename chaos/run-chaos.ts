import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openChaosFleet, type Backend } from './chaos-fleet.ts';
import { toPlanFile, withParts, type ChaosPlan } from './chaos-plan.ts';
import { checkRun, type Violations } from './check-run.ts';
import type { Disturbance, Pace } from './disturbance.ts';
import { findLeftovers } from './leftovers.ts';
import { patiently } from './patience.ts';
import { playPerson, type Deeds } from './person.ts';
import { makeRepository } from './repository.ts';
import { countConflicts, gatherFacts, readLog } from './run-facts.ts';
import { torment, type Hits } from './torment.ts';
import { untilEnded, untilSwept } from './until-ended.ts';
import type { Victim } from './victim.ts';
import { webClient } from './web-client.ts';

export interface ChaosOptions {
  readonly backend: Backend;
  /** What is done to whom. */
  readonly disturbances: (kinds: readonly Victim['kind'][], pace: Pace) => Iterable<Disturbance>;
  /** How long, if not to the end of that row; the run that is under way then is let finish. */
  readonly seconds?: number;
  /** The next DAG, all of one set of agents; asked for until the time is over. */
  readonly nextPlan: () => ChaosPlan;
  /** How many worker processes; 3 when not given. */
  readonly workers?: number;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

export interface ChaosReport extends Violations {
  readonly backend: Backend;
  readonly runs: number;
  readonly tasks: number;
  /** Times that an agent began to work on a task. */
  readonly executions: number;
  /** Conflicts that merges met, and attempts that failed of one that was left. */
  readonly conflicts: number;
  readonly clashes: number;
  /** Conflicts that were prevented, see docs/merging.md. */
  readonly prevented: number;
  readonly hits: Hits;
  readonly deeds: Deeds;
  /** Processes that ended by themselves after they had begun to serve. */
  readonly crashes: readonly string[];
  /** Processes, worktrees and temporary folders that were there at the end. */
  readonly left: readonly string[];
  readonly seconds: number;
}

/**
 * Carries out DAGs, one after the other, while everything around them is killed and frozen; then
 * judges what came of it. When something did, the folder of it all is kept.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { backend, note } = options;
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), `aurora-chaos-${backend}-`)));
  // As root, Postgres runs as another user, who has to walk through here.
  await chmod(folder, 0o755);
  let report: ChaosReport | undefined;
  try {
    report = await tormentFleet(options, folder);
    return report;
  } finally {
    const isClean = report !== undefined && !foundAnything(report);
    if (isClean || options.signal.aborted) {
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    } else note(`kept for a look: ${folder}`);
  }
}

export function foundAnything(report: ChaosReport): boolean {
  const { early, lost, twice, stuck, left, crashes } = report;
  return [early, lost, twice, stuck, left, crashes].some((each) => each.length > 0);
}

/** Milliseconds after which a fleet that nobody disturbs will not start any more. */
const startPatience = 300_000;
/** Milliseconds that a fleet takes to start on a quiet machine. */
const usualStart = 5_000;

async function tormentFleet(options: ChaosOptions, folder: string): Promise<ChaosReport> {
  const { backend, seconds, nextPlan, signal, note } = options;
  const begin = performance.now();
  const log = path.join(folder, 'executions.log');
  const answers = path.join(folder, 'answers');
  await writeFile(log, '');
  await mkdir(answers);
  const firstPlan = nextPlan();
  const fleet = await openChaosFleet({
    ...{ folder, backend, workers: options.workers ?? 3 },
    agents: firstPlan.agents,
  });
  const over = new AbortController();
  const calm = new AbortController();
  const anyEnd = AbortSignal.any([signal, over.signal]);
  let unclean: string[] | undefined;
  try {
    const serving = () =>
      Promise.all(
        fleet.processes.map((each) =>
          patiently(each.serving, { signal: anyEnd, within: startPatience }),
        ),
      );
    const started = performance.now();
    await serving();
    const { lockDuration } = fleet;
    const slowness = Math.max(1, (performance.now() - started) / usualStart);
    note(`${backend}: serving, slowness ${slowness.toFixed(1)}, locks of ${lockDuration} ms`);
    if (seconds !== undefined) setTimeout(() => calm.abort(), seconds * 1_000).unref();
    const kinds = [...new Set(fleet.victims.map(({ kind }) => kind))];
    const row = options.disturbances(kinds, { lockDuration, slowness });
    const peace = AbortSignal.any([calm.signal, anyEnd]);
    const tormenting = torment(fleet.victims, row, peace, note).finally(() => calm.abort());
    const web = webClient(fleet.url, anyEnd);
    const plans = new Map<string, ChaosPlan>();
    const deeds: Deeds = { answers: 0, pauses: 0, aborts: 0 };
    const answering = playPerson(web, plans, answers, deeds, anyEnd, note);
    // Whoever fails ends all the others; the first failure is the one that is told.
    let failure: unknown;
    for (const each of [tormenting, answering]) {
      each.catch((error: unknown) => {
        failure ??= over.signal.aborted ? undefined : error;
        over.abort();
      });
    }

    const found = { early: [], lost: [], twice: [], stuck: [] } as Violated;
    let tasks = 0;
    try {
      for (let plan = firstPlan; ; plan = nextPlan()) {
        const repository = await makeRepository(
          path.join(folder, `repository-${plans.size}`),
          plan,
        );
        const request = { plan: toPlanFile(plan, { log, answers }), repository };
        const runId = await web.submit(request, `chaos-${plans.size}`);
        plans.set(runId, plan);
        tasks += plan.tasks.length;
        note(`${backend}: run ${runId}: ${plan.title}`);
        const run = { runId, tasks: plan.tasks.length };
        const ended = await untilEnded(fleet.pool, run, calm.signal, slowness, anyEnd, note);
        const subject = { runId, tasks: withParts(plan.tasks), ended, repository, log };
        const facts = await patiently(() => gatherFacts(fleet.pool, subject), { signal: anyEnd });
        addViolations(found, checkRun(facts), note);
        if (calm.signal.aborted) break;
      }
    } catch (error) {
      throw failure ?? error;
    }
    const hits = await tormenting;
    await serving();
    await untilSwept(fleet.dataDirs, slowness, anyEnd);
    const met = await patiently(() => countConflicts(fleet.pool), { signal: anyEnd });
    over.abort();
    await answering.catch(() => undefined); // Told above, if it was more than our own abort.
    unclean = await fleet.close();
    const crashes = fleet.processes.flatMap((process) => process.crashes());
    for (const what of crashes) note(`crash: ${what}`);
    const lines = await readLog(log);
    const left = [...unclean, ...(await findLeftovers(folder, fleet.dataDirs, lines))];
    for (const what of left) note(`left: ${what}`);
    return {
      ...found,
      ...{ backend, runs: plans.size, tasks, ...met, hits, deeds, left },
      executions: lines.filter(({ event }) => event === 'start').length,
      crashes,
      seconds: Math.round((performance.now() - begin) / 1_000),
    };
  } finally {
    over.abort();
    calm.abort();
    if (unclean === undefined) await fleet.abandon();
  }
}

type Violated = { [kind in keyof Violations]: string[] };

function addViolations(to: Violated, from: Violations, note: (line: string) => void): void {
  for (const kind of Object.keys(to) as (keyof Violations)[]) {
    to[kind].push(...from[kind]);
    for (const what of from[kind]) note(`${kind}: ${what}`);
  }
}
