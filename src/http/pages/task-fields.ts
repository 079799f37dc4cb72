import { AuroraError } from '../../domain/errors.ts';
import { durationText } from '../../domain/duration.ts';
import type { Task } from '../../domain/task.ts';

/** A field of the form that edits a task: what it is called, and its value as people write it. */
interface TaskField {
  readonly label: string;
  readonly rows?: number;
  readonly write: (task: Task) => string;
  /** @throws SyntaxError */
  readonly read: (text: string) => unknown;
}

const line = (key: 'title' | 'prompt'): Pick<TaskField, 'write' | 'read'> => ({
  write: (task) => task[key],
  read: (value) => value,
});
const list = (key: 'capabilities' | 'scope'): Pick<TaskField, 'write' | 'read'> => ({
  write: (task) => task[key].join(', '),
  read: (value) =>
    value
      .split(/[,\n]/)
      .map((each) => each.trim())
      .filter((each) => each !== ''),
});
const number = (key: 'priority' | 'maxAttempts'): Pick<TaskField, 'write' | 'read'> => ({
  write: (task) => String(task[key]),
  read: (value) => Number(value),
});

/** What can be edited of a task on its run's page. */
const taskFields = {
  title: { label: 'Title', ...line('title') },
  prompt: { label: 'Prompt', rows: 6, ...line('prompt') },
  verify: {
    label: 'Check: a command and its arguments, as words or a JSON list; empty for none',
    write: ({ verify = [] }) =>
      verify.some((word) => /[\s"]/.test(word)) ? JSON.stringify(verify) : verify.join(' '),
    read: (value) => {
      const command = value.trim();
      if (command === '') return null;
      return command.startsWith('[') ? (JSON.parse(command) as unknown) : command.split(/\s+/);
    },
  },
  capabilities: { label: 'Capabilities, with commas', ...list('capabilities') },
  scope: { label: 'Files it may touch, with commas', ...list('scope') },
  priority: { label: 'Priority, 1 to 10', ...number('priority') },
  maxAttempts: { label: 'Attempts', ...number('maxAttempts') },
  timeout: {
    label: 'Time for an attempt, as 90s, 10m or 2h',
    write: ({ timeout }) => durationText(timeout),
    read: (value) => value.trim(),
  },
  input: {
    label: 'Input, as JSON',
    rows: 3,
    write: ({ input }) => JSON.stringify(input, null, 2),
    read: (value) => JSON.parse(value) as unknown,
  },
} as const satisfies Record<string, TaskField>;

type FieldName = keyof typeof taskFields;
export const taskFieldNames = Object.keys(taskFields) as FieldName[];

/** All fields with a task's values. */
export function writeTaskFields(task: Task): {
  readonly name: FieldName;
  readonly label: string;
  readonly rows: number;
  readonly value: string;
}[] {
  return taskFieldNames.map((name) => {
    const { label, write, rows = 1 }: TaskField = taskFields[name];
    return { name, label, rows, value: write(task) };
  });
}

/**
 * What of a task a form has changed.
 *
 * @param form its fields under `task-` and their names
 * @throws AuroraError request-invalid when a value cannot be read
 */
export function readTaskChanges(
  form: Readonly<Record<string, unknown>>,
  task: Task,
): Partial<Record<FieldName, unknown>> {
  const changes: Partial<Record<FieldName, unknown>> = {};
  for (const { name, label, value } of writeTaskFields(task)) {
    const given = form[`task-${name}`];
    // Forms end lines with CR LF.
    const text = typeof given === 'string' ? given.replaceAll('\r\n', '\n') : value;
    if (text === value) continue;
    try {
      changes[name] = taskFields[name].read(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new AuroraError('request-invalid', `${label}: that is no JSON: ${error.message}.`);
    }
  }
  return changes;
}
