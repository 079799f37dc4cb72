import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The value kept in a JSON file, or `fallback` when there is no file yet. Throws when it is damaged. */
export async function loadJson(file, fallback) {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return fallback;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not valid JSON: restore it from a backup or move it away`, {
      cause,
    });
  }
}

/**
 * A `save()` that writes `value` as it is at that moment. Saves follow one another, and a file is
 * replaced in one step, so that a crash leaves the old file or the new one and never half of it.
 */
export function createSaver(file, value) {
  let last = Promise.resolve();
  return function save() {
    const text = JSON.stringify(value);
    const next = last.then(async () => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    });
    last = next.catch(() => {});
    return next;
  };
}
