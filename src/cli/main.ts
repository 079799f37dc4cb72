import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { usageError } from './usage-error.ts';

const args = process.argv.slice(2);
const json = args.includes('--json');

// A reader that has seen enough (`aurora status | head -1`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await (await createProgram(args)).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) {
    process.exitCode = reportError(error, json);
  } else if (error.exitCode !== 0) {
    // For people commander has said what is wrong; help and version are no errors.
    process.exitCode = json ? reportError(usageError(error), json) : 2;
  }
}
