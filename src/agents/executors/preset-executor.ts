import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PresetSpec } from '../../domain/executor-spec.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { Executor, ExecutorResult } from '../executor.ts';
import { storable } from '../output-tail.ts';
import type { ProcessOutcome } from '../process-group.ts';
import { complaintFailure } from './complaint-failure.ts';
import type { Preset, PresetReport } from './preset.ts';
import { presetProgram, presets } from './presets/index.ts';
import { processFailure } from './process-failure.ts';
import { programExecutor, type ProgramOptions } from './program.ts';

/** Characters of an agent's last words that become the attempt's summary. */
const longestSummary = 10_000;
/** Characters of what a program says beside its events. */
const longestAside = 2_000;

/** Runs a coding agent of others without a person, and understands what it prints. */
export function presetExecutor(spec: PresetSpec, options?: ProgramOptions): Executor {
  const preset = presets[spec.type];
  const { model, permissions, args, tools } = spec;
  const execute = programExecutor(({ context, prompt, promptFile, control }) => {
    const program = presetProgram(spec, context.configDirectory);
    const reader = preset.createReader();
    const { web } = context.line;
    const toolsUrl = tools && web !== undefined ? `${web.url}/mcp` : undefined;
    const call = { model, permissions, promptFile, control, toolsUrl };
    let aside = '';
    return {
      argv: [program, ...preset.arguments(call), ...args],
      input: preset.promptBy === 'stdin' ? prompt : '',
      env: {
        ...preset.settings,
        ...(toolsUrl !== undefined && preset.toolSettings),
        ...(context.confinement?.sandbox && preset.sandboxSettings),
      },
      state: preset.state,
      readLine(line, source) {
        const isAside = source === 'stderr' || !line.startsWith('{');
        if (isAside) aside = `${aside}${line}\n`.slice(-longestAside);
        return source === 'stdout' ? reader.line(line) : line;
      },
      judge(outcome) {
        const report = reader.report();
        const failure = failureIn(preset, [program], outcome, report, aside.trim());
        return { failure, said: saidIn(report) };
      },
    };
  }, options);
  const { litter } = preset;
  if (litter === undefined) return execute;
  return async (input, context) => {
    const outcome = await execute(input, context);
    const left = (await readdir(context.directory)).filter((name) => litter.test(name));
    for (const name of left) {
      await rm(join(context.directory, name), { recursive: true, force: true });
    }
    return outcome;
  };
}

function failureIn(
  preset: Preset,
  argv: readonly string[],
  outcome: ProcessOutcome,
  { verdict }: PresetReport,
  aside: string,
): AttemptFailure | undefined {
  const failure = processFailure(argv, outcome);
  if (outcome.kind === 'not-started' && outcome.problem === 'not-found') {
    return {
      class: 'permanent',
      message: `command-not-found: \`${argv[0]}\` cannot be run, there is no such program. Install it on this worker's machine (${preset.install}), or name its path as \`program\` of the agent's executor.`,
    };
  }
  // Stopped, or never started: what it has said does not count.
  if (outcome.kind !== 'exited') return failure;
  if (failure === undefined && verdict === 'done') return undefined;
  const complaint =
    typeof verdict === 'object'
      ? verdict
      : { message: aside || (failure?.message ?? 'it ended without saying how it went') };
  const understood = complaintFailure(preset.program, complaint);
  const isSetUpWrong = preset.setUpWrong?.includes(outcome.exitCode) === true;
  const failureClass = isSetUpWrong ? 'permanent' : understood.class;
  return { ...failure, ...evidenceOf(outcome), ...understood, class: failureClass };
}

const evidenceOf = ({ outputTail }: ProcessOutcome) =>
  outputTail === '' ? {} : { evidence: outputTail };

function saidIn({ summary = '', usage }: PresetReport): ExecutorResult {
  const words = storable(summary.trim().slice(0, longestSummary));
  return {
    ...(words === '' ? {} : { summary: words }),
    ...(usage === undefined ? {} : { usage }),
  };
}
