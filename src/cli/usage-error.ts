import type { CommanderError } from 'commander';
import { AuroraError } from '../domain/errors.ts';

/** What commander says about wrong usage, as an error of ours. */
export function usageError(error: CommanderError): AuroraError {
  const message =
    error.code === 'commander.help'
      ? 'No command was given: aurora --help lists them.'
      : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new AuroraError('request-invalid', message, { cause: error });
}
