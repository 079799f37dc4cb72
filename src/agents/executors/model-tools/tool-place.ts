import type { ConfinedOptions } from '../../confinement/run-confined.ts';
import type { WorktreeFiles } from '../../files/worktree-files.ts';
import type { AttemptLine } from '../../attempt-line.ts';

/** Where a model's tools work, and how far. */
export interface ToolPlace {
  readonly files: WorktreeFiles;
  /** Everything about a program but what to run. */
  readonly program: Omit<ConfinedOptions, 'argv' | 'input' | 'readLine' | 'tailSize'> & {
    readonly signal: AbortSignal;
  };
  /** Words that a command has to begin with. */
  readonly commands: readonly (readonly string[])[];
  readonly line: AttemptLine;
  /** What others of the run have done since it was asked last. */
  readonly news: () => string;
}

/** Characters of one answer to the model; what is longer says so. */
export const longestAnswer = 30_000;

/** An answer that fits, with its beginning and its end. */
export function cut(text: string): string {
  if (text.length <= longestAnswer) return text;
  const half = longestAnswer / 2;
  const left = text.length - longestAnswer;
  return `${text.slice(0, half)}\n[… ${left} characters left out …]\n${text.slice(-half)}`;
}
