import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

/** Why a path is not read or written; its message is for the agent that asked. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds';
}

/** Bytes of a file that are read to see whether text would lose some of them. */
const mostCompared = 10 * 1024 * 1024;

export interface WorktreeFiles {
  /** The folder itself, without links in it. */
  readonly root: string;
  /** Where a path lies, after it was checked; what is not there yet has all its folders checked. */
  locate(path: string): Promise<string>;
  read(path: string, limit: number): Promise<{ readonly bytes: Buffer; readonly size: number }>;
  /**
   * Replaces or makes a file, with the folders that it needs. Not one that has a hard link elsewhere, nor
   * one that is no UTF-8 by text in which its bytes are lost already.
   */
  write(path: string, content: string | Buffer): Promise<void>;
}

/**
 * The files of an attempt, for tools that work on an agent's behalf: nothing outside of the worktree,
 * whatever way a path takes (`..`, absolute, links), nothing of git's own (`.git`, `.gitmodules`, and
 * repositories inside), nothing but regular files. What was opened is looked at once more, so that a
 * folder that somebody replaces by a link in between leads nowhere.
 *
 * @param onWrite is told of each file that was written, by its path in the worktree
 */
export async function openWorktreeFiles(
  directory: string,
  onWrite?: (path: string) => void,
): Promise<WorktreeFiles> {
  const root = await realpath(directory);

  const locate = async (path: string): Promise<string> => {
    const parts = partsOf(root, path);
    let current = root;
    for (const [index, part] of parts.entries()) {
      current = join(current, part);
      const found = await lstat(current).catch(ifMissing);
      if (found?.isSymbolicLink() === true) {
        const target = await realpath(current).catch(ifMissing);
        if (target === undefined) throw new OutOfBounds(`${path} is a link that leads nowhere`);
        return locate(join(target, ...parts.slice(index + 1)));
      }
      if ((await lstat(join(current, '.git')).catch(ifMissing)) !== undefined) {
        throw new OutOfBounds(`${path} is in a repository of its own`);
      }
    }
    return current;
  };

  const opened = async (path: string, flags: number): Promise<FileHandle> => {
    const file = await open(
      await locate(path),
      flags | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      if (!(await file.stat()).isFile()) throw new OutOfBounds(`${path} is not a regular file`);
      await refuseMoved(file, root, path);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  };

  return {
    root,
    locate,
    async read(path, limit) {
      const file = await opened(path, constants.O_RDONLY);
      try {
        const { size } = await file.stat();
        const bytes = Buffer.alloc(Math.min(size, limit));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
        return { bytes: bytes.subarray(0, bytesRead), size };
      } finally {
        await file.close();
      }
    },
    async write(path, content) {
      const place = await locate(path);
      await mkdir(dirname(place), { recursive: true });
      const isDoubtful = typeof content === 'string' && content.includes('\uFFFD');
      const access = isDoubtful ? constants.O_RDWR : constants.O_WRONLY;
      const file = await opened(path, access | constants.O_CREAT);
      try {
        // Package managers link their stores into projects.
        if ((await file.stat()).nlink > 1) {
          throw new OutOfBounds(`${path} is one file with another (a hard link); copy it first`);
        }
        if (isDoubtful && (await file.stat()).size > mostCompared) {
          throw new OutOfBounds(`${path} is too large to see whether it is UTF-8; edit a part`);
        }
        if (isDoubtful && !isUtf8(await readFromStart(file))) {
          throw new OutOfBounds(`${path} is not UTF-8, and some of it would be lost; edit a part`);
        }
        await file.truncate(0);
        await file.writeFile(content);
      } finally {
        await file.close();
      }
      onWrite?.(relative(root, place));
    },
  };
}

async function readFromStart(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
  return buffer.subarray(0, bytesRead);
}

/** The names on the way from the root to a path. */
function partsOf(root: string, path: string): string[] {
  if (path.includes('\0')) throw new OutOfBounds('a path cannot hold NUL');
  const inside = relative(root, isAbsolute(path) ? path : join(root, path));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new OutOfBounds(`${path} is outside of the working folder`);
  }
  const parts = inside.split(sep).filter((part) => part !== '');
  // Also as file systems that ignore case, or shorten names, would find it.
  if (parts.some((part) => /^(?:\.git|git~\d+|\.gitmodules)$/i.test(part))) {
    throw new OutOfBounds(`${path} is git's own`);
  }
  return parts;
}

/** Linux knows where an open file is; elsewhere the checks before it have to do. */
async function refuseMoved(file: FileHandle, root: string, path: string): Promise<void> {
  const place = await realpath(`/proc/self/fd/${file.fd}`).catch(ifMissing);
  if (place === undefined) return;
  try {
    partsOf(root, place);
  } catch (error) {
    // An empty file that this has made there is not left there.
    if ((await file.stat()).size === 0) await unlink(place).catch(ifMissing);
    throw new OutOfBounds(`${path} was moved away meanwhile`, { cause: error });
  }
}

function ifMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}

/** Every file below a folder, folders that are no one's work left out. */
export async function listFiles(
  files: WorktreeFiles,
  path: string,
  most: number,
): Promise<{ readonly names: readonly string[]; readonly isCut: boolean }> {
  const names: string[] = [];
  const folders = [await files.locate(path)];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await readdir(folder, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name === '.git' || entry.name === 'node_modules') continue;
      if (names.length >= most) return { names, isCut: true };
      const place = join(folder, entry.name);
      const name = relative(files.root, place);
      if (entry.isDirectory()) folders.push(place);
      else names.push(entry.isSymbolicLink() ? `${name} (a link)` : name);
    }
  }
  return { names, isCut: false };
}
