import { tool } from 'ai';
import { z } from 'zod';
import { inTurn } from '../../../git/in-turn.ts';
import { listFiles, OutOfBounds } from '../../files/worktree-files.ts';
import { cut, type ToolPlace } from './tool-place.ts';

/** Bytes that are read of a file, and lines that are shown of it at once. */
const largestFile = 2 * 1024 * 1024;
const mostLines = 1_000;
const mostNames = 1_000;
const asBytes = (text: string) => Buffer.from(text).toString('latin1');
const path = z.string().min(1).max(4_096).describe('relative to the working folder');

export function fileTools({ files }: ToolPlace) {
  const readText = async (file: string): Promise<Buffer> => {
    const { bytes, size } = await files.read(file, largestFile);
    if (size > largestFile) throw new OutOfBounds(`${file} is larger than 2 MB`);
    if (bytes.includes(0)) throw new OutOfBounds(`${file} is not text`);
    return bytes;
  };
  // A model may call several at once, also on one file.
  const alone = <T>(action: () => Promise<T>) => inTurn(`files of ${files.root}`, action);
  return {
    list: tool({
      description: 'All files below a folder, without node_modules.',
      inputSchema: z.strictObject({ path: path.default('.') }),
      async execute({ path: folder }) {
        const { names, isCut } = await listFiles(files, folder, mostNames);
        const more = isCut ? [`[only the first ${mostNames}; list a folder below]`] : [];
        return cut([...names, ...more].join('\n') || '[no files]');
      },
    }),
    read: tool({
      description: 'A text file, or some of its lines, numbered.',
      inputSchema: z.strictObject({
        path,
        from: z.int().min(1).default(1).describe('first line'),
        lines: z.int().min(1).max(mostLines).default(mostLines),
      }),
      async execute({ path: file, from, lines }) {
        const all = (await readText(file)).toString('utf8').split('\n');
        const shown = all.slice(from - 1, from - 1 + lines);
        const numbered = shown.map((line, index) => `${from + index}\t${line}`).join('\n');
        const rest = all.length - (from - 1 + shown.length);
        return cut(rest > 0 ? `${numbered}\n[${rest} more lines]` : numbered);
      },
    }),
    write: tool({
      description: 'Makes a file, or replaces all of it.',
      inputSchema: z.strictObject({ path, content: z.string().max(largestFile) }),
      execute: ({ path: file, content }) =>
        alone(async () => {
          await files.write(file, content);
          return `${file} is written.`;
        }),
    }),
    edit: tool({
      description:
        'Replaces text of a file that stands there exactly so, once unless `all` is true.',
      inputSchema: z.strictObject({
        path,
        old: z.string().min(1).describe('with its whole indentation and line ends'),
        new: z.string(),
        all: z.boolean().default(false),
      }),
      execute: ({ path: file, old, new: replacement, all }) =>
        alone(async () => {
          // Byte by byte: what is beside it may be in another encoding.
          const pieces = (await readText(file)).toString('latin1').split(asBytes(old));
          const count = pieces.length - 1;
          if (count === 0) throw new OutOfBounds(`it does not stand in ${file}; read that again`);
          if (count > 1 && !all) {
            throw new OutOfBounds(`it stands in ${file} ${count} times; give more, or \`all\``);
          }
          await files.write(file, Buffer.from(pieces.join(asBytes(replacement)), 'latin1'));
          return `${file}: ${count} replaced.`;
        }),
    }),
  };
}
