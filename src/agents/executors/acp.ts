import { errorMessage } from '../../domain/errors.ts';
import type { AcpSpec } from '../../domain/executor-spec.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { Executor, ExecutorResult } from '../executor.ts';
import type { ProcessOutcome } from '../process-group.ts';
import { messagesOf } from './acp-messages.ts';
import type { AcpEnd } from './acp-session.ts';
import { complaintFailure } from './complaint-failure.ts';
import { processFailure } from './process-failure.ts';
import { programExecutor, type ProgramOptions } from './program.ts';

/** Any program that speaks the Agent Client Protocol, with Aurora where its editor would be. */
export function acpExecutor({ command, permissions }: AcpSpec, options?: ProgramOptions): Executor {
  const [program = ''] = command;
  return programExecutor(({ context, prompt }) => {
    let end: AcpEnd | undefined;
    return {
      argv: command,
      async converse({ stdin, stdout, show }) {
        const messages = messagesOf(stdout, show);
        // The protocol is loaded only by those who have such an agent.
        const { holdSession } = await import('./acp-session.ts');
        const { directory, onFile, signal, line } = context;
        const around = { directory, onFile, signal, web: line.web, permissions, prompt };
        end = await holdSession({ stdin, messages, show, ...around });
      },
      judge: (outcome) => ({
        failure: failureIn(program, outcome, end),
        said: saidIn(end),
      }),
    };
  }, options);
}

function failureIn(
  program: string,
  outcome: ProcessOutcome,
  end: AcpEnd | undefined,
): AttemptFailure | undefined {
  const endedItself = outcome.kind === 'exited' || outcome.kind === 'killed';
  if (!endedItself || end === undefined) {
    return processFailure([program], outcome);
  }
  const evidence = outcome.outputTail === '' ? {} : { evidence: outcome.outputTail };
  if ('error' in end) {
    // It went away by itself: what it wrote on stderr says why, its end says that.
    if (outcome.kind === 'exited' && outcome.exitCode !== 0) {
      const failure = processFailure([program], outcome) as AttemptFailure;
      const words = outcome.outputTail.trim().slice(-2_000);
      return { ...failure, ...complaintFailure(program, { message: words || failure.message }) };
    }
    if (end.needsLogin) {
      const message = `\`${program}\` wants somebody to log in: do so on this worker's machine, or give its key with \`env\`.`;
      return { class: 'permanent', message, ...evidence };
    }
    return { ...complaintFailure(program, { message: errorMessage(end.error) }), ...evidence };
  }
  const why = endings[end.stopReason] ?? whyInterrupted(end);
  if (why === undefined) return undefined;
  return { class: 'error', message: `\`${program}\`: ${why}.`, ...evidence };
}

const endings: Readonly<Record<string, string>> = {
  max_tokens: 'it has reached the most tokens that its model takes',
  max_turn_requests: 'it has used up its turns',
  refusal: 'it refuses to go on',
  cancelled: 'it has stopped by itself',
};

/** Some end there, in the middle of their work, as if they had been told to. */
const whyInterrupted = ({ refused }: AcpEnd) =>
  refused === undefined
    ? undefined
    : `it went no further when it was refused "${refused}", which \`permissions: 'all'\` allows`;

function saidIn(end: AcpEnd | undefined): ExecutorResult {
  if (end === undefined) return {};
  const { summary, costUsd, tokens } = end;
  const usage = { ...tokens, ...(costUsd === undefined ? {} : { costUsd }) };
  return {
    ...(summary === '' ? {} : { summary }),
    ...(Object.keys(usage).length === 0 ? {} : { usage }),
  };
}
