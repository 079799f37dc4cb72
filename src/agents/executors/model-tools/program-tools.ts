import { relative } from 'node:path';
import { tool } from 'ai';
import { z } from 'zod';
import { limitTime } from '../../../domain/time-limit.ts';
import { inTurn } from '../../../git/in-turn.ts';
import { runConfined } from '../../confinement/run-confined.ts';
import { OutOfBounds } from '../../files/worktree-files.ts';
import { processFailure } from '../process-failure.ts';
import { cut, longestAnswer, type ToolPlace } from './tool-place.ts';

/** Milliseconds. A search that takes longer looks for the wrong thing. */
const searchPatience = 30_000;

/** Milliseconds. A server that was started by mistake would never end. */
const commandPatience = 10 * 60_000;

export function programTools({ files, program, commands }: ToolPlace) {
  const within = (patience: number) => limitTime(patience, program.signal);
  return {
    search: tool({
      description: 'Lines that hold a text, with file and number; ignored files are left out.',
      inputSchema: z.strictObject({
        text: z.string().min(1).max(1_000),
        path: z.string().min(1).max(4_096).default('.'),
        regex: z.boolean().default(false).describe('whether `text` is an extended POSIX regex'),
      }),
      async execute({ text, path, regex }) {
        // Outside of a repository git takes no other paths.
        const place = relative(files.root, await files.locate(path)) || '.';
        const how = regex ? '--extended-regexp' : '--fixed-strings';
        const outcome = await runConfined({
          ...program,
          // What it starts ends with it; the end of a command would end it, too.
          attempt: undefined,
          owner: program.attempt,
          argv: [
            ...['git', 'grep', '--no-index', '--exclude-standard', '-n', '-I', how],
            ...['-e', text, '--', place],
          ],
          signal: within(searchPatience),
          tailSize: longestAnswer,
        });
        // grep(1): nothing was found.
        if (outcome.kind === 'exited' && outcome.exitCode === 1) return '[nothing found]';
        const failure = processFailure(['search'], outcome);
        if (failure !== undefined)
          throw new OutOfBounds(`${failure.message} ${outcome.outputTail}`);
        return cut(outcome.outputTail);
      },
    }),
    run: tool({
      description: 'Runs a command in the working folder, without a shell, and waits for its end.',
      inputSchema: z.strictObject({
        command: z.array(z.string()).min(1).max(200).describe('the program and its arguments'),
      }),
      async execute({ command }) {
        if (!commands.some((words) => words.every((word, index) => command[index] === word))) {
          const allowed = commands.map((words) => `\`${words.join(' ')}\``).join(', ');
          throw new OutOfBounds(`this command is not allowed; allowed are ${allowed || 'none'}`);
        }
        // A model may want several at once; the first to end would take the others for what it has left.
        const outcome = await inTurn(`commands of ${files.root}`, () => {
          program.onOutput?.(`$ ${command.join(' ')}\n`);
          return runConfined({
            ...program,
            argv: command,
            signal: within(commandPatience),
            tailSize: longestAnswer,
          });
        });
        const isLate = outcome.kind === 'aborted' && !program.signal.aborted;
        const end = isLate
          ? `It was stopped after ${commandPatience / 60_000} minutes.`
          : (processFailure(command, outcome)?.message ?? 'It ended well.');
        return `${end}\n${cut(outcome.outputTail)}`;
      },
    }),
  };
}
