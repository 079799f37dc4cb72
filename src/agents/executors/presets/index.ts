import { resolve } from 'node:path';
import type { PresetName, PresetSpec } from '../../../domain/executor-spec.ts';
import type { Preset } from '../preset.ts';
import { aider } from './aider.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

export const presets: Readonly<Record<PresetName, Preset>> = {
  claude,
  codex,
  opencode,
  aider,
  gemini,
};

/** What to start: a path in the configuration is relative to it. */
export function presetProgram({ type, program }: PresetSpec, configDirectory: string): string {
  if (program === undefined) return presets[type].program;
  return program.includes('/') ? resolve(configDirectory, program) : program;
}
