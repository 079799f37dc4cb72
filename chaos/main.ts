import { parseArgs } from 'node:util';
import { onStopSignal, exitCodeOfSignal } from '../src/runtime/stop-signals.ts';
import { AuroraError, errorMessage } from '../src/domain/errors.ts';
import type { Backend } from './chaos-fleet.ts';
import { contendedPlan } from './contended-plan.ts';
import { disturbances } from './disturbance.ts';
import { givenPlan } from './given-plan.ts';
import { seededRandom } from './random.ts';
import { randomPlan } from './random-plan.ts';
import { foundAnything, runChaos, type ChaosReport } from './run-chaos.ts';

/** Carries out DAGs while everything that carries them is killed and frozen; says what came of it. */
const usage = `usage: npm run -s chaos -- [--minutes N] [--seed S] [--backend redis|postgres]
                              [--tasks N | --contended N [--apart S] [--groups G] | --plan FILE] [--json]

  --minutes N   how long to kill, both backends together (default 2); what is under way then is
                let finish
  --seed S      decides the DAGs, what goes wrong in them, and who is killed when (default 1)
  --backend B   redis or postgres; without it both, one after the other
  --tasks N     random DAGs of N tasks (default: up to 300, fewer where there is little time)
  --contended N N tasks at once that all change the same ten files; four workers carry them out
  --apart S     the share of these tasks that leave the ten files alone, from 0 (default) to 1
  --groups G    G groups of these tasks, neighbours in the plan, have ten files each (default 1)
  --plan FILE   carry out this plan's DAG, again and again, instead of random ones
  --json        one JSON object on stdout`;

/** Random DAGs have up to so many tasks; fewer where there is little time. */
const maxTasks = 300;
const tasksPerMinute = 60;

async function main(options: ReturnType<typeof readOptions>): Promise<number> {
  const stop = new AbortController();
  let code: number | undefined;
  onStopSignal((signal) => {
    code = exitCodeOfSignal(signal);
    stop.abort();
  });
  const given = options.plan === undefined ? undefined : await givenPlan(options.plan);
  const minutes = options.minutes / options.backends.length;
  const reports: ChaosReport[] = [];
  try {
    for (const backend of options.backends) {
      const random = seededRandom(options.seed);
      const most = Math.min(maxTasks, Math.ceil(minutes * tasksPerMinute));
      const size = () => options.tasks ?? Math.ceil(most * (0.5 + random() / 2));
      reports.push(
        await runChaos({
          ...{ backend, seconds: minutes * 60 },
          disturbances: (kinds, pace) =>
            disturbances(seededRandom(options.seed ^ 0x5eed), kinds, pace),
          workers: options.contended === undefined ? 3 : 4,
          nextPlan: () =>
            options.contended === undefined
              ? (given?.(random) ?? randomPlan(random, size()))
              : contendedPlan(random, options.contended, options),
          signal: stop.signal,
          note: (line) =>
            process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
        }),
      );
    }
  } catch (error) {
    if (code !== undefined) return code;
    throw error;
  }
  const total = summary(options.seed, reports);
  if (options.json) console.log(JSON.stringify(total));
  else console.table(reports.map((report) => ({ backend: report.backend, ...counts([report]) })));
  return reports.some(foundAnything) ? 1 : 0;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string' },
      plan: { type: 'string' },
      tasks: { type: 'string' },
      contended: { type: 'string' },
      apart: { type: 'string' },
      groups: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 10_000)) throw new Error('--minutes must be a number above 0');
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
  const known: readonly Backend[] = ['redis', 'postgres'];
  const backends = known.filter((name) => values.backend === undefined || values.backend === name);
  if (backends.length === 0) throw new Error('--backend must be redis or postgres');
  if ([values.tasks, values.contended, values.plan].filter(Boolean).length > 1) {
    throw new Error('--tasks, --contended and --plan exclude each other');
  }
  const count = (name: 'tasks' | 'contended' | 'groups') => {
    const given = values[name] === undefined ? undefined : Number(values[name]);
    if (given !== undefined && !(Number.isInteger(given) && given >= 1 && given <= 20_000)) {
      throw new Error(`--${name} must be a whole number from 1 to 20,000`);
    }
    return given;
  };
  const [tasks, contended, groups] = [count('tasks'), count('contended'), count('groups')];
  if ((values.apart ?? values.groups) !== undefined && contended === undefined) {
    throw new Error('--apart and --groups are of --contended');
  }
  const apart = Number(values.apart ?? 0);
  if (!(apart >= 0 && apart <= 1)) throw new Error('--apart must be a number from 0 to 1');
  const { plan, json } = values;
  return { minutes, seed, backends, tasks, contended, apart, groups, plan, json };
}

function summary(seed: number, reports: readonly ChaosReport[]) {
  return {
    ...counts(reports),
    seed,
    backend: reports.map(({ backend }) => backend).join(','),
    killed: merged(reports.map(({ hits }) => hits.kills)),
    frozen: merged(reports.map(({ hits }) => hits.freezes)),
    person: merged(reports.map(({ deeds }) => deeds)),
    violations: reports.flatMap(({ early, lost, twice, stuck, left, crashes }) => [
      ...early,
      ...lost,
      ...twice,
      ...stuck,
      ...left,
      ...crashes,
    ]),
  };
}

function counts(reports: readonly ChaosReport[]) {
  const sum = (of: (report: ChaosReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const hits = (which: ChaosReport['hits']['kills']) =>
    Object.values(which).reduce((total, count) => total + count, 0);
  return {
    tasks: sum(({ tasks }) => tasks),
    kills: sum((report) => hits(report.hits.kills)),
    early: sum(({ early }) => early.length),
    lost: sum(({ lost }) => lost.length),
    twice: sum(({ twice }) => twice.length),
    stuck: sum(({ stuck }) => stuck.length),
    seconds: sum(({ seconds }) => seconds),
    runs: sum(({ runs }) => runs),
    executions: sum(({ executions }) => executions),
    conflicts: sum(({ conflicts }) => conflicts),
    clashes: sum(({ clashes }) => clashes),
    prevented: sum(({ prevented }) => prevented),
    freezes: sum((report) => hits(report.hits.freezes)),
    crashes: sum(({ crashes }) => crashes.length),
    left: sum(({ left }) => left.length),
  };
}

function merged(each: readonly Partial<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const one of each) {
    for (const [kind, count = 0] of Object.entries(one)) total[kind] = (total[kind] ?? 0) + count;
  }
  return total;
}

let options: ReturnType<typeof readOptions> | undefined;
try {
  options = readOptions();
  process.exitCode = await main(options);
} catch (error) {
  const kind = error instanceof AuroraError ? error.kind : undefined;
  const isUsage = options === undefined || kind === 'input';
  process.stderr.write(
    isUsage
      ? `${errorMessage(error)}\n\n${usage}\n`
      : `${error instanceof Error ? error.stack : errorMessage(error)}\n`,
  );
  process.exitCode = isUsage ? 2 : kind === 'unavailable' ? 3 : 1;
}
