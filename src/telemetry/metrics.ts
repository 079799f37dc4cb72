import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { attemptStates } from '../domain/attempt.ts';
import { memoryTierNames } from '../domain/memory.ts';
import { preventions } from '../domain/prevention.ts';
import { runStates } from '../domain/run.ts';
import { listSuspended } from '../storage/circuit-store.ts';
import type { Db } from '../storage/database.ts';
import { countLessonTrials } from '../storage/reflexion-store.ts';
import { countMergeConflicts } from '../storage/merge-conflict-store.ts';
import { countRecord, listAgentLoads } from '../storage/metrics-store.ts';
import { countPreventedConflicts } from '../storage/prevented-conflict-store.ts';
import {
  prunedAttempts,
  prunedConflicts,
  prunedFailures,
  prunedPrevented,
  prunedTasks,
} from '../storage/retention-store.ts';
import { listTotals } from '../storage/totals-store.ts';

/** How many jobs of a queue are in a state. */
interface QueueJobs {
  readonly queue: string;
  readonly state: string;
  readonly count: number;
}

export interface MetricsDeps {
  readonly db: Db;
  /** Asks the queue's store; may fail while the record is fine. */
  readonly countQueueJobs: () => Promise<readonly QueueJobs[]>;
  /** Told when the queue's store did not answer; the other metrics are served all the same. */
  readonly onQueueError: (error: unknown) => void;
}

export interface Metrics {
  readonly contentType: string;
  /** The text of one scrape. Rejects when the record cannot be read. */
  text(): Promise<string>;
}

/** Name in `totals` under which memory retrievals are counted, with the tier as label. */
export const memoryQueriesTotal = 'memory_queries';

/** Name in `totals` under which it is counted what keeping memory in order has done. */
export const memoryUpkeepTotal = 'memory_upkeep';

/** Milliseconds for which what one scrape has read also serves the next. */
const cacheTime = 1_000;

/**
 * The Prometheus metrics of the system. All but the process's own are read from the record at scrape
 * time: they survive restarts, and every process gives the same answer. The first five names are
 * those of the seed document, to the letter.
 */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const read = cached(() => readRecord(deps));

  /** A counter whose value is a fact in the record; prom-client itself only knows how to add. */
  const counter = <T extends string>(
    name: string,
    help: string,
    labelNames: T[],
    values: (record: RecordReading) => readonly Sample<T>[],
  ) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const samples = values(await read());
        this.reset();
        for (const { labels, value } of samples) this.inc(labels, value);
      },
    });
  const gauge = <T extends string>(
    name: string,
    help: string,
    labelNames: T[],
    values: (record: RecordReading) => readonly Sample<T>[],
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const samples = values(await read());
        this.reset();
        for (const { labels, value } of samples) this.set(labels, value);
      },
    });

  counter('aurora_tasks_total', 'Total tasks created.', [], ({ counts, pruned }) =>
    single(
      Object.values(counts.tasks).reduce((sum, count) => sum + count, 0) + pruned(prunedTasks),
    ),
  );
  counter('aurora_tasks_completed', 'Tasks successfully completed.', [], ({ counts, pruned }) =>
    single((counts.tasks.done ?? 0) + pruned(prunedTasks, 'done')),
  );
  counter('aurora_tasks_failed', 'Tasks failed after retries.', [], ({ counts, pruned }) =>
    single(counts.finalFailures + pruned(prunedFailures)),
  );
  gauge(
    'aurora_agent_utilization',
    'Running tasks per slot of the live workers of an agent, 0 to 1.',
    ['agent'],
    ({ loads }) =>
      loads.map(({ agent, slots, running }) => ({
        labels: { agent },
        value: slots === 0 ? 0 : running / slots,
      })),
  );
  counter('aurora_memory_queries', 'Memory retrievals, by tier.', ['tier'], ({ totals }) =>
    [...memoryTierNames].map((tier) => ({
      labels: { tier },
      value: totals.find((t) => t.name === memoryQueriesTotal && t.label === tier)?.value ?? 0,
    })),
  );

  counter(
    'aurora_memory_upkeep',
    'Memories that were merged, contradicted, promoted, removed as expired, or given a vector.',
    ['done'],
    ({ totals }) =>
      totals
        .filter(({ name }) => name === memoryUpkeepTotal)
        .map(({ label: done, value }) => ({ labels: { done }, value })),
  );

  gauge('aurora_agent_slots', 'Tasks that live workers can run at once.', ['agent'], ({ loads }) =>
    loads.map(({ agent, slots }) => ({ labels: { agent }, value: slots })),
  );
  gauge('aurora_agent_workers', 'Live workers that serve an agent.', ['agent'], ({ loads }) =>
    loads.map(({ agent, workers }) => ({ labels: { agent }, value: workers })),
  );
  gauge(
    'aurora_agent_suspended',
    'Whether the tasks of an agent wait because its attempts keep failing for one reason.',
    ['agent'],
    ({ loads, suspended }) =>
      loads.map(({ agent }) => ({ labels: { agent }, value: suspended.has(agent) ? 1 : 0 })),
  );
  gauge('aurora_runs_spent', 'Runs that wait because their budget is used up.', [], ({ counts }) =>
    single(counts.spentRuns),
  );
  gauge(
    'aurora_open_runs_spend',
    'What the attempts of unfinished runs have used: tokens and US dollars.',
    ['unit'],
    ({ counts }) =>
      (['tokens', 'usd'] as const).map((unit) => ({ labels: { unit }, value: counts.spend[unit] })),
  );
  gauge('aurora_runs', 'Runs by state.', ['state'], ({ counts }) =>
    runStates.map((state) => ({ labels: { state }, value: counts.runs[state] ?? 0 })),
  );
  counter(
    'aurora_attempts_total',
    'Ended attempts by outcome.',
    ['outcome'],
    ({ counts, pruned }) =>
      attemptStates
        .filter((state) => state !== 'running')
        .map((outcome) => ({
          labels: { outcome },
          value: (counts.attempts[outcome] ?? 0) + pruned(prunedAttempts, outcome),
        })),
  );
  gauge('aurora_escalations_open', 'Questions that wait for a human.', [], ({ counts }) =>
    single(counts.openEscalations),
  );
  gauge('aurora_queue_jobs', 'Jobs by queue and state.', ['queue', 'state'], ({ jobs }) =>
    (jobs ?? []).map(({ queue, state, count }) => ({ labels: { queue, state }, value: count })),
  );
  gauge('aurora_queue_up', "Whether the queue's store answered this scrape.", [], ({ jobs }) =>
    single(jobs === undefined ? 0 : 1),
  );
  counter(
    'aurora_merge_conflicts_total',
    'Conflicts that merges met, by who resolved them or had the best idea.',
    ['resolver', 'outcome'],
    ({ conflicts, totals }) => [
      ...conflicts.map(({ resolver, resolved, count }) => ({
        labels: { resolver, outcome: resolved ? 'resolved' : 'left' },
        value: count,
      })),
      ...totals
        .filter(({ name }) => name === prunedConflicts)
        .map(({ label, value }) => {
          const [resolver = '', outcome = ''] = label.split('/');
          return { labels: { resolver, outcome }, value };
        }),
    ],
  );
  counter(
    'aurora_merge_conflicts_prevented_total',
    'Files that two tasks changed one after the other because a claim, or the order of the plan, had one wait.',
    ['by'],
    ({ prevented, pruned }) => [
      ...preventions.map((by) => ({ labels: { by }, value: pruned(prunedPrevented, by) })),
      ...prevented.map(({ by, count }) => ({ labels: { by }, value: count })),
    ],
  );
  gauge(
    'aurora_lesson_attempts',
    'Ended attempts that a lesson of another task was for, by whether they had it, over the lessons that are kept.',
    ['lesson', 'outcome'],
    ({ lessons }) => [
      ...outcomes('given', lessons.trials, lessons.successes),
      ...outcomes('withheld', lessons.withheldTrials, lessons.withheldSuccesses),
    ],
  );
  collectDefaultMetrics({ register: registry });

  return { contentType: registry.contentType, text: () => registry.metrics() };
}

interface Sample<T extends string> {
  readonly labels: Partial<Record<T, string>>;
  readonly value: number;
}

const single = (value: number): readonly Sample<never>[] => [{ labels: {}, value }];

const outcomes = (lesson: string, trials: number, successes: number) => [
  { labels: { lesson, outcome: 'succeeded' }, value: successes },
  { labels: { lesson, outcome: 'failed' }, value: trials - successes },
];

type RecordReading = Awaited<ReturnType<typeof readRecord>>;

async function readRecord({ db, countQueueJobs, onQueueError }: MetricsDeps) {
  const [counts, loads, suspended, totals, conflicts, lessons, prevented, jobs] = await Promise.all(
    [
      countRecord(db),
      listAgentLoads(db),
      listSuspended(db),
      listTotals(db),
      countMergeConflicts(db),
      countLessonTrials(db),
      countPreventedConflicts(db),
      countQueueJobs().catch((error: unknown) => {
        onQueueError(error);
        return undefined;
      }),
    ],
  );
  /** What runs count that the record has forgotten: counters never go back. */
  const pruned = (name: string, label?: string) =>
    totals
      .filter((total) => total.name === name && (label === undefined || total.label === label))
      .reduce((sum, total) => sum + total.value, 0);
  return { counts, loads, suspended, totals, conflicts, lessons, prevented, jobs, pruned };
}

/** Shares one reading among all metrics of a scrape; a failed reading is not kept. */
function cached<T>(load: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => {
    if (current !== undefined) return current;
    const loading = load();
    current = loading;
    const forget = () => {
      if (current === loading) current = undefined;
    };
    loading.then(() => setTimeout(forget, cacheTime).unref(), forget);
    return loading;
  };
}
