import type { ExecutorSpec } from '../../domain/executor-spec.ts';
import type { ModelSettings } from '../../models/model-access.ts';
import type { Executor } from '../executor.ts';
import { acpExecutor } from './acp.ts';
import { commandExecutor } from './command.ts';
import { functionExecutor } from './function.ts';
import { modelExecutor } from './model.ts';
import { presetExecutor } from './preset-executor.ts';

/** The executor that an agent's configuration names. */
export function createExecutor(spec: ExecutorSpec, models: ModelSettings): Executor {
  if (spec.type === 'acp') return acpExecutor(spec);
  if (spec.type === 'command') return commandExecutor(spec.command);
  if (spec.type === 'function') return functionExecutor(spec.module);
  if (spec.type === 'model') return modelExecutor(spec, models);
  return presetExecutor(spec);
}
