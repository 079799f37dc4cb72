import type { ExecutorSpec } from '../../domain/executor-spec.ts';
import type { Executor } from '../executor.ts';
import { commandExecutor } from './command.ts';
import { functionExecutor } from './function.ts';
import { presetExecutor } from './preset-executor.ts';

/** The executor that an agent's configuration names. */
export function createExecutor(spec: ExecutorSpec): Executor {
  if (spec.type === 'command') return commandExecutor(spec.command);
  if (spec.type === 'function') return functionExecutor(spec.module);
  return presetExecutor(spec);
}
