import type { PresetSpec } from '../../domain/executor-spec.ts';
import type { ExecutorResult } from '../executor.ts';

/** What a preset's program is asked to do. */
interface PresetCall extends Pick<PresetSpec, 'model' | 'permissions'> {
  readonly promptFile: string;
  /** A folder of the attempt's own, outside of the worktree. */
  readonly control: string;
  /** Where it finds Aurora's own tools, for which it has AURORA_TOKEN; undefined: it is not given them. */
  readonly toolsUrl: string | undefined;
}

/** Why a program says that it failed, in its own words. */
export interface Complaint {
  readonly message: string;
  /** HTTP status of the model's provider, where the program tells it. */
  readonly status?: number | undefined;
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
}

export interface PresetReport extends Pick<ExecutorResult, 'summary' | 'usage'> {
  /** silent: it has ended without saying how it went. */
  readonly verdict: 'done' | 'silent' | Complaint;
}

/** Reads what a program prints on stdout, a line at a time; lines it does not know are nothing to it. */
export interface PresetReader {
  /** @returns what a person should see of the line; empty for nothing */
  line(line: string): string;
  /** Once it has ended. */
  report(): PresetReport;
}

/** How a coding agent's own command line works without a person, as its makers document it. */
export interface Preset {
  readonly program: string;
  /** The oldest version whose output is understood. */
  readonly minimum: string;
  /** A command that installs it. */
  readonly install: string;
  /** Variables of its provider that it may see. */
  readonly env: readonly string[];
  /** What it keeps in the home folder, relative to it; a sandbox leaves it these. */
  readonly state: readonly string[];
  /** Set for it. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Set for it when it is given Aurora's tools. */
  readonly toolSettings?: Readonly<Record<string, string>>;
  /** Set for it in a sandbox. */
  readonly sandboxSettings?: Readonly<Record<string, string>>;
  /** Never in the arguments, where it could be too long and where everybody could read it. */
  readonly promptBy: 'stdin' | 'file';
  arguments(call: PresetCall): readonly string[];
  createReader(): PresetReader;
  /** With `edit` it makes a sandbox of its own, which root cannot do within bubblewrap. */
  readonly ownSandbox?: true;
  /** Exit codes by which it says that it is not set up as it must be. */
  readonly setUpWrong?: readonly number[];
  /** Files that it leaves in the root of the worktree and that are nobody's work. */
  readonly litter?: RegExp;
}
