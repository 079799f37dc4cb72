import type { ExecutorSpec, PresetName } from '../../domain/executor-spec.ts';
import { presets } from './presets/index.ts';
import { scrubEnvironment } from './scrub-environment.ts';

/** The part of our environment that an agent, and the checks of its work, may see. */
export function environmentFor(
  executor: ExecutorSpec,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  return scrubEnvironment(variables, namesFor(executor));
}

function namesFor(executor: ExecutorSpec): readonly string[] {
  if (executor.type === 'function') return [];
  // A model's key is asked for by Aurora itself, and nothing for its commands to see.
  const own = executor.type in presets ? presets[executor.type as PresetName].env : [];
  return [...own, ...executor.env];
}
