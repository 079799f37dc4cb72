import { serve, type ServeOptions } from '../runtime/serve.ts';
import { reportError } from './report-error.ts';

/** The whole life of a process of the fleet, with a clear sentence and an exit code when it fails. */
export async function runProcess(options: ServeOptions): Promise<void> {
  try {
    await serve(options);
  } catch (error) {
    process.exitCode = reportError(error, false);
  }
}
