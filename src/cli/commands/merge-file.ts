import type { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { decodeTexts } from '../../merging/encoded-text.ts';
import { mergeFile, type FileMerge } from '../../merging/merge-file.ts';
import { say } from '../cli-context.ts';

export function defineMergeFile(command: Command): void {
  command
    .option('-p, --stdout', 'print the result and leave LEFT alone')
    .option('-q, --quiet', 'write LEFT and print nothing, as a merge driver of git should')
    .option('--path <path>', "the file's name in its repository, when LEFT is a temporary file")
    .option('--json', 'print how each conflict ended, and the text, as one JSON object')
    .action(mergeFiles);
}

interface MergeFileOptions {
  readonly stdout?: boolean;
  readonly quiet?: boolean;
  readonly path?: string;
  readonly json?: boolean;
}

/** Exit code 0 when nothing is left to a person, 1 when conflict markers are. */
async function mergeFiles(
  baseFile: string,
  leftFile: string,
  rightFile: string,
  options: MergeFileOptions,
): Promise<void> {
  const files = [baseFile, leftFile, rightFile];
  const decoded = decodeTexts(await Promise.all(files.map(read)));
  if (decoded === undefined) {
    throw new AuroraError(
      'request-invalid',
      `${files.join(', ')} cannot be merged: at least one of them is binary. Choose one of them.`,
    );
  }
  const [base, left, right] = decoded.texts as [string, string, string];
  const merge = mergeFile(
    { path: options.path ?? leftFile, base, left, right },
    { labels: { left: leftFile, base: baseFile, right: rightFile } },
  );
  const bytes = decoded.encode(merge.text);
  if (!options.stdout) await write(leftFile, bytes);
  if (options.json) process.stdout.write(`${JSON.stringify(merge)}\n`);
  else if (!options.quiet) {
    process.stdout.write(bytes);
    tell(merge);
  }
  if (!merge.resolved) process.exitCode = 1;
}

function tell({ conflicts, doubt }: FileMerge): void {
  for (const { line, resolver, confidence, resolved } of conflicts) {
    const who = resolver === null ? '' : ` by ${resolver}, confidence ${confidence.toFixed(2)}`;
    say(`line ${line}: ${resolved ? 'resolved' : 'left'}${who}`);
  }
  if (doubt !== undefined) say(`left, although each part was sure: ${doubt}`);
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AuroraError('request-invalid', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

async function write(file: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (error) {
    throw new AuroraError('request-invalid', `${file} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
