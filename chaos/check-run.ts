import type { ChaosTask } from './chaos-plan.ts';

/** A line of the log that the agents write. */
export interface LogLine {
  readonly event: 'start' | 'end' | 'orphan';
  readonly run: string;
  readonly task: string;
  readonly epoch: number;
  readonly pid: number;
  /** start: the effects that the attempt found. */
  readonly seen?: readonly string[];
  /** orphan: the process that was left behind. */
  readonly child?: number;
}

/** All that can be seen of a run from outside, and what the record says of it. */
export interface RunFacts {
  readonly runId: string;
  readonly tasks: readonly ChaosTask[];
  /** How it ended; null when it did not, or not as it should. */
  readonly ended: 'done' | 'cancelled' | null;
  readonly log: readonly LogLine[];
  /** The task of each merge commit on the integration branch itself, oldest first. */
  readonly merges: readonly string[];
  /** What the head of the branch holds: path → content. */
  readonly files: ReadonlyMap<string, string>;
  /** Under which epochs the record says that a task succeeded. */
  readonly succeeded: ReadonlyMap<string, readonly number[]>;
}

/** Each entry says what happened to which task. */
export interface Violations {
  /** Started, or merged, before something it depends on. */
  readonly early: readonly string[];
  /** Its effect is not, or not as it was made, on the branch. */
  readonly lost: readonly string[];
  /** Merged, recorded or executed again after it was done, or done though a person skipped it. */
  readonly twice: readonly string[];
  /** Not finished in a run that did not end. */
  readonly stuck: readonly string[];
}

/**
 * Judges a run by what its agents noted and by what is in the repository. The record is only asked
 * for the epoch of each success, which the log is held against.
 */
export function checkRun(facts: RunFacts): Violations {
  const { tasks, ended, merges } = facts;
  const skipped = new Set(tasks.filter(isSkipped).map((task) => task.id));
  const found = { early: [], lost: [], twice: [], stuck: [] } as Record<keyof Violations, string[]>;
  for (const task of tasks) {
    const { id } = task;
    const name = `${facts.runId}/${id}`;
    const times = merges.filter((merged) => merged === id).length;
    const epochs = facts.succeeded.get(id) ?? [];
    const starts = facts.log.filter((line) => line.event === 'start' && line.task === id);
    const needed = task.dependsOn.filter((dependency) => !skipped.has(dependency));

    for (const { epoch, seen = [] } of starts) {
      const missing = neededBy(facts, task, epoch, needed).filter((other) => !seen.includes(other));
      if (missing.length > 0) found.early.push(`${name} epoch ${epoch} started without ${missing}`);
      if (epochs.some((done) => epoch > done)) {
        found.twice.push(`${name} was executed under epoch ${epoch} after ${epochs} was done`);
      }
    }
    const own = merges.indexOf(id);
    for (const dependency of needed) {
      if (own >= 0 && (merges.indexOf(dependency) < 0 || merges.indexOf(dependency) > own)) {
        found.early.push(`${name} was merged before ${dependency}`);
      }
    }
    if (times > 1) found.twice.push(`${name} was merged ${times} times`);
    if (epochs.length > 1) found.twice.push(`${name} was recorded as done under ${epochs}`);
    if (skipped.has(id)) {
      if (times > 0) found.twice.push(`${name} was merged although it was skipped`);
    } else if (ended === 'done' || epochs.length > 0) {
      found.lost.push(...lossesOf(facts, task, times).map((what) => `${name} ${what}`));
    } else if (ended === null) {
      found.stuck.push(`${name} is not finished`);
    }
  }
  if (ended === null && found.stuck.length === 0) found.stuck.push(`${facts.runId} did not end`);
  found.twice.push(...doubledLines(facts));
  return found;
}

/** What an attempt had to find: one that split its task, or had no time to, came before its parts. */
function neededBy(
  { log }: RunFacts,
  { id, conduct }: ChaosTask,
  epoch: number,
  needed: readonly string[],
): readonly string[] {
  const hasWorked = log.some(
    (line) => line.event === 'end' && line.task === id && line.epoch === epoch,
  );
  return conduct.parts === undefined || hasWorked
    ? needed
    : needed.filter((other) => !other.startsWith(`${id}--`));
}

export const isSkipped = ({ conduct }: ChaosTask): boolean => conduct.trouble === 'skip';

function lossesOf({ log, files }: RunFacts, { id, conduct }: ChaosTask, times: number): string[] {
  const losses = times === 0 ? ['has no merge'] : [];
  const effect = files.get(`effects/${id}`);
  const [, epoch] = /^good \S+ (\d+)\n$/.exec(effect ?? '') ?? [];
  if (epoch === undefined) {
    losses.push(`has left ${effect === undefined ? 'nothing' : JSON.stringify(effect)}`);
  } else if (
    !log.some((line) => line.event === 'end' && line.task === id && line.epoch === Number(epoch))
  ) {
    losses.push(`has the effect of epoch ${epoch}, which did not end`);
  }
  for (const path of conduct.shared ?? []) {
    if (!linesOf(files, path).includes(id)) losses.push(`has no line in ${path}`);
  }
  return losses;
}

function doubledLines({ runId, files }: RunFacts): string[] {
  return [...files.keys()]
    .filter((path) => !path.startsWith('effects/'))
    .flatMap((path) => {
      const lines = linesOf(files, path);
      return lines
        .filter((line, index) => lines.indexOf(line) !== index)
        .map((line) => `${runId}/${line} has several lines in ${path}`);
    });
}

const linesOf = (files: ReadonlyMap<string, string>, path: string): string[] =>
  (files.get(path) ?? '').split('\n').filter((line) => line !== '');
