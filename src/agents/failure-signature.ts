import { agentFailureClasses } from '../domain/agent-circuit.ts';
import { errorSignature } from '../domain/error-signature.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Task } from '../domain/task.ts';
import { mostTelling, tellingLines } from '../memory/telling-lines.ts';

/**
 * What a failure has in common with those of the agent's other tasks: its message and the line of its
 * output that tells most, without what differs from task to task.
 *
 * @returns null for failures that say nothing of the agent
 */
export function failureSignature(
  { class: kind, message, evidence = '' }: AttemptFailure,
  { id, title }: Pick<Task, 'id' | 'title'>,
): string | null {
  if (!agentFailureClasses.includes(kind)) return null;
  const worst = mostTelling(tellingLines(evidence)) ?? '';
  const text = [title, id].reduce(
    (rest, name) => rest.replaceAll(name, '<task>'),
    `${message}\n${worst}`,
  );
  return errorSignature(text);
}
