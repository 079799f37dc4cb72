import type { Message } from '../domain/message.ts';
import { formatDuration } from './format.ts';

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** A message as one plain line for logs and pipes; undefined for what nobody needs to read. */
export function messageLine(message: Message): string | undefined {
  const { type, taskId, payload, sender } = message;
  const line = (() => {
    switch (type) {
      case 'RUN_SUBMITTED':
        return `submitted: ${text(payload['title'])}`;
      case 'RUN_PLANNED':
        return `planned: ${String(payload['requirements'])} requirements, ${String(payload['tasks'])} tasks`;
      case 'RUN_STARTED':
        return 'started';
      case 'RUN_PAUSED':
        return 'paused: what runs goes on, nothing new starts';
      case 'RUN_BUDGET_LOW':
        return `${Math.round(Number(payload['share']) * 100)} % of its budget is used up`;
      case 'RUN_RESUMED':
        return 'resumed';
      case 'RUN_APPROVED':
        return `the plan is approved by ${text(payload['by']) || sender}`;
      case 'RUN_AMENDED':
        return `the plan is amended to revision ${String(payload['revision'])}: ${String(payload['tasks'])} tasks`;
      case 'RUN_RETRIED':
        return `goes on from where it failed: ${String(payload['tasks'])} tasks`;
      case 'RUN_BLOCKED':
        return 'blocked: a human must answer an escalation (aurora escalations list)';
      case 'RUN_FINISHED':
        return `finished: ${text(payload['state'])} ${text(payload['error'])}`.trim();
      case 'RUN_DELIVERED':
        return `delivered: ${text(payload['kind'])} ${text(payload['url']) || text(payload['target'])}`;
      case 'RUN_DELIVERY_FAILED':
        return `not delivered (${text(payload['kind'])} ${text(payload['target'])}): ${text(payload['reason'])}`;
      case 'TASK_ASSIGNED':
        return `${taskId}: attempt ${String(payload['attempt'])} by ${text(payload['agent'])}`;
      case 'TASK_REASSIGNED':
        return `${taskId}: goes from ${text(payload['from'])} to ${message.recipient.slice('agent:'.length)}: ${text(payload['reason'])}`;
      case 'TASK_SPLIT': {
        const parts = payload['parts'];
        return `${taskId}: split into ${Array.isArray(parts) ? parts.join(', ') : ''}: ${text(payload['reason'])}`;
      }
      case 'SCOPE_MOVED': {
        const files = Array.isArray(payload['files']) ? payload['files'] : [];
        return `${taskId}: ${files.length} file(s) of its scope were changed by ${text(payload['by'])}`;
      }
      case 'FILES_SHARED': {
        const [files, other] = [payload['files'] as readonly string[], text(payload['with'])];
        // Both are told; who reads along needs it once.
        if (String(taskId) > other) return undefined;
        return `${taskId} and ${other} are both changing ${files.length === 1 ? String(files[0]) : `${files.length} files`}`;
      }
      case 'HANDOFF':
        return `${taskId}: handed on to ${text(payload['to'])}: ${text(payload['reason'])}`;
      case 'TASK_PROGRESS':
        return `${taskId}: ${text(payload['stage'])}`;
      case 'TASK_COMPLETE':
        return `${taskId}: done. ${text(payload['summary'])}`.trim();
      case 'TASK_FAILED': {
        const delay = payload['retryDelay'];
        const next =
          typeof delay === 'number'
            ? `next attempt in ${formatDuration(delay)}`
            : payload['final'] === false
              ? 'another agent takes over'
              : 'no more attempts';
        return `${taskId}: attempt failed (${text(payload['class'])}), ${next}: ${text(payload['message'])}`;
      }
      case 'CONTEXT_RESPONSE': {
        const lessons = payload['lessons'];
        const count = Array.isArray(lessons) ? lessons.length : 0;
        return count === 0 ? undefined : `${taskId}: receives ${count} lesson(s)`;
      }
      case 'ESCALATION_OPENED':
        return `${taskId}: escalated to a human`;
      case 'ESCALATION_RESOLVED':
        return `${taskId}: escalation answered with ${text(payload['action'])} by ${sender}`;
      case 'AGENT_SUSPENDED':
        return `agent ${text(payload['agent'])} is suspended, its tasks wait: ${text(payload['reason'])}`;
      case 'AGENT_RESUMED':
        return `agent ${text(payload['agent'])} works again, thanks to ${text(payload['by'])}`;
      case 'TASK_CREATED':
      case 'CONTEXT_REQUEST':
      case 'PATTERN_STORE':
        return undefined;
    }
  })();
  return line === undefined ? undefined : `${message.timestamp.slice(11, 19)} ${line}`;
}
