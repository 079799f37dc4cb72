import pc from 'picocolors';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { exitCodeOf } from './exit-code.ts';

/** Says on stderr (with `--json` as JSON on stdout) what went wrong and what to do about it. */
export function reportError(error: unknown, json: boolean): 1 | 2 | 3 {
  if (json) {
    const { code, problems } =
      error instanceof AuroraError ? error : { code: 'bug', problems: [] as const };
    const value = { error: { code, message: errorMessage(error), problems } };
    process.stdout.write(`${JSON.stringify(value)}\n`);
  } else if (error instanceof AuroraError) {
    const listed = error.problems.filter((problem) => !error.message.includes(problem.message));
    const lines = [
      `${pc.red('error')} ${error.message}`,
      ...listed.map((problem) => `  ${pc.bold(problem.path)}: ${problem.message}`),
      `${pc.dim(`${error.code}:`)} ${pc.dim(error.remedy)}`,
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  } else {
    // Not one of ours, so a bug: the stack is what a report needs.
    const stack = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${pc.red('unexpected error')} ${stack}\n`);
  }
  return exitCodeOf(error);
}
