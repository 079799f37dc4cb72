import type { Answer, OfferedTool, Question } from './protocol.ts';

/** What the model of each program does: it writes a file, runs the tests where it can, and is done. */
export function answerTo({ tools, used }: Question, file: string): Answer {
  // A program's questions of its own: a title, which model to take.
  if (tools.length === 0) return { text: '{"title":"Notes"}' };
  const steps: Answer[] = [
    { text: 'Looking.', call: writing(tools, file) },
    ...(shellOf(tools) === undefined ? [] : [{ text: 'Testing.', call: testing(tools) }]),
  ];
  return steps[used] ?? { text: 'All done.' };
}

const writers = ['Write', 'write', 'write_file', 'apply_patch'];
const shells = ['Bash', 'bash', 'run_shell_command', 'exec_command', 'shell'];
const offered = (tools: readonly OfferedTool[], names: readonly string[]) =>
  tools.find(({ name }) => names.includes(name));
const shellOf = (tools: readonly OfferedTool[]) => offered(tools, shells);

function writing(tools: readonly OfferedTool[], file: string): Answer['call'] {
  const tool = offered(tools, writers);
  if (tool === undefined) throw new Error(`none of ${tools.map(({ name }) => name).join()} writes`);
  const { name, properties } = tool;
  if (properties === undefined) {
    return { name, input: `*** Begin Patch\n*** Add File: ${file}\n+written\n*** End Patch\n` };
  }
  return { name, input: { [argumentLike(tool, /path/i)]: file, content: 'written\n' } };
}

function testing(tools: readonly OfferedTool[]): Answer['call'] {
  const tool = shellOf(tools) as OfferedTool;
  const description = tool.properties?.includes('description') ? { description: 'Test' } : {};
  return {
    name: tool.name,
    input: { [argumentLike(tool, /^c.*m.*d/i)]: 'npm test', ...description },
  };
}

function argumentLike({ name, properties = [] }: OfferedTool, pattern: RegExp): string {
  const found = properties.find((property) => pattern.test(property));
  if (found === undefined) throw new Error(`${name} takes ${properties.join()}, not ${pattern}`);
  return found;
}
