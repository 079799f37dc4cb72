import { Command } from 'commander';
import { version } from '../config/version.ts';
import { commands } from './commands/index.ts';

/** The command line with every command known by name, and the one that `args` ask for loaded. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('aurora')
    .description('Plain-language requirements become merged, tested branches.')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride();
  if (args.includes('--json')) {
    // The caller gets one JSON object instead, and nothing else.
    program.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  }
  program.addHelpText(
    'after',
    '\nStart with: aurora demo, or aurora up. Exit codes: 0 success, 1 the work failed,\n2 wrong usage or input, 3 a service that is needed cannot be reached.',
  );
  const wanted = args.find((arg) => !arg.startsWith('-') && arg !== 'help');
  for (const { usage, description, load } of commands) {
    const command = program.command(usage).description(description);
    if (command.name() === wanted) (await load())(command);
  }
  return program;
}
