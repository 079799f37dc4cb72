// The edits a scaffolder makes. Each leaves a file alone that already has what it would add, because
// a worktree starts from whatever other tasks have merged by then.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Copies the scaffold `from` to `path`, with names such as __COUNT__ replaced by values. A file that
 * exists stays, unless it is the scaffold `over` as it was copied.
 */
export function create(path, { from = path, values = {}, over } = {}) {
  return async () => {
    const existing = await read(path);
    if (existing !== undefined && (!over || existing !== (await scaffold(over)))) return false;
    let text = await scaffold(from);
    for (const [name, value] of Object.entries(values)) text = text.replaceAll(name, value);
    await write(path, text);
    return true;
  };
}

const scaffold = (name) => readFile(new URL(`./scaffolds/${name}`, import.meta.url), 'utf8');

/** Puts `lines` at the end of what stands under `// heading`, unless the file has the first line. */
export function insert(path, heading, lines) {
  return async () => {
    const text = await existingText(path);
    const found = text.split('\n');
    if (found.some((line) => line.trim() === lines[0].trim())) return false;
    const start = found.findIndex((line) => line.trim() === `// ${heading}`);
    if (start < 0) throw new Error(`${path} has no heading "// ${heading}"`);
    const indent = /^\s*/.exec(found[start])[0];
    const length = found.slice(start + 1).findIndex((line) => {
      const sameLevel = line.startsWith(indent) && line[indent.length] !== ' ';
      return sameLevel
        ? line.trim().startsWith('// ')
        : line.trim() !== '' && !line.startsWith(indent);
    });
    found.splice(start + 1 + length, 0, ...lines.map((line) => indent + line));
    await write(path, found.join('\n'));
    return true;
  };
}

/** Replaces `before` by `after`, unless that is there already. */
export function replace(path, before, after) {
  return async () => {
    const text = await existingText(path);
    if (text.includes(after)) return false;
    if (!text.includes(before)) throw new Error(`${path} has neither "${before}" nor "${after}"`);
    await write(
      path,
      text.replace(before, () => after),
    );
    return true;
  };
}

/** Puts a line above `mark`, unless the file has it; resolves with whether it did. */
export async function insertBefore(path, mark, line) {
  const text = await existingText(path);
  if (text.split('\n').includes(line)) return false;
  const place = text.indexOf(mark);
  if (place < 0) throw new Error(`${path} has no "${mark}"`);
  await write(path, `${text.slice(0, place).trimEnd()}\n${line}\n\n${text.slice(place)}`);
  return true;
}

/** The text of a file of the worktree, or undefined when there is none. */
export async function read(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file of the worktree, with the folders that it needs. */
export async function write(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function existingText(path) {
  const text = await read(path);
  if (text === undefined) throw new Error(`${path} does not exist: is this the notes service?`);
  return text;
}
