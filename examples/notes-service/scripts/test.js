// Runs every test in one process: several times faster than a process a file.
import { readdir } from 'node:fs/promises';

const folder = new URL('../test/', import.meta.url);
const names = (await readdir(folder, { recursive: true }))
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.js'))
  .sort();
if (names.length === 0) throw new Error('there are no tests under test/');
for (const name of names) await import(new URL(name, folder));
