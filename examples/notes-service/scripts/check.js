// Checks the house rules (docs/house-rules.md) and names every file that breaks one.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findBreaches } from './house-rules.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const names = (await readdir(root, { recursive: true }))
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /^(src|test)\/.*\.js$/.test(name))
  .sort();
const files = new Map(
  await Promise.all(names.map(async (name) => [name, await readFile(root + name, 'utf8')])),
);

const breaches = findBreaches(files);
for (const { file, rule, message } of breaches) {
  console.error(`${file}: breaks the house rule "${rule}": ${message}`);
}
if (breaches.length > 0) {
  console.error(`${breaches.length} breach(es); docs/house-rules.md explains each rule`);
  process.exitCode = 1;
}
