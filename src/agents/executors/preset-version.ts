import { errorMessage } from '../../domain/errors.ts';
import type { PresetSpec } from '../../domain/executor-spec.ts';
import { runProcessGroup } from '../process-group.ts';
import { presetProgram, presets } from './presets/index.ts';

export type PresetFinding =
  | { readonly kind: 'fits'; readonly version: string }
  | { readonly kind: 'old'; readonly version: string; readonly minimum: string }
  | { readonly kind: 'missing'; readonly install: string }
  /** It is there, but does not tell its version. */
  | { readonly kind: 'unclear'; readonly why: string };

/** Milliseconds. Some of them look for updates first. */
const patience = 20_000;

/**
 * Asks a preset's program for its version.
 *
 * @param env already scrubbed
 */
export async function findPreset(
  spec: PresetSpec,
  env: Readonly<Record<string, string>>,
  configDirectory: string,
): Promise<PresetFinding> {
  const preset = presets[spec.type];
  const argv = [presetProgram(spec, configDirectory), '--version'];
  const signal = AbortSignal.timeout(patience);
  const outcome = await runProcessGroup({ argv, cwd: configDirectory, env, signal });
  if (outcome.kind === 'not-started') {
    return outcome.problem === 'not-found'
      ? { kind: 'missing', install: preset.install }
      : { kind: 'unclear', why: outcome.message };
  }
  if (outcome.kind === 'aborted') return { kind: 'unclear', why: errorMessage(outcome.reason) };
  const version = /\d+\.\d+\.\d+/.exec(outcome.outputTail)?.[0];
  if (version === undefined) {
    return { kind: 'unclear', why: outcome.outputTail.trim().slice(0, 200) || outcome.kind };
  }
  const { minimum } = preset;
  return isOlder(version, minimum) ? { kind: 'old', version, minimum } : { kind: 'fits', version };
}

function isOlder(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) < 0;
}
