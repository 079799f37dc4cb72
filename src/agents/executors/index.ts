import type { ExecutorSpec } from '../../domain/agent.ts';
import type { Executor } from '../executor.ts';
import { commandExecutor } from './command.ts';
import { functionExecutor } from './function.ts';

/** The executor that an agent's configuration names. */
export function createExecutor(spec: ExecutorSpec): Executor {
  switch (spec.type) {
    case 'command':
      return commandExecutor(spec.command);
    case 'function':
      return functionExecutor(spec.module);
  }
}
