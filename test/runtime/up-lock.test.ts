import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findRunningUp, noteUp, takeUpLock } from '../../src/runtime/up-lock.ts';
import { processMark } from '../../src/storage/local-server/process-mark.ts';
import { tempDir } from '../support/temp-dir.ts';

test('one at a time: a second is refused with the address of the first', async () => {
  const folder = await tempDir();
  expect(await findRunningUp(folder)).toBeUndefined();
  const release = await takeUpLock(folder);
  await noteUp(folder, { url: 'http://127.0.0.1:4700', redisUrl: 'unix:/x' });
  expect(await findRunningUp(folder)).toMatchObject({ redisUrl: 'unix:/x' });
  await expect(takeUpLock(folder)).rejects.toMatchObject({
    code: 'already-running',
    message: expect.stringContaining('http://127.0.0.1:4700') as string,
  });
  await release();
  expect(existsSync(path.join(folder, 'up.json'))).toBe(false);
  await (
    await takeUpLock(folder)
  )();
});

test('of several at once exactly one gets it', async () => {
  const folder = await tempDir();
  const taken = await Promise.allSettled([1, 2, 3, 4].map(() => takeUpLock(folder)));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the note of a process that was killed does not count', async () => {
  const folder = await tempDir();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const note = { process: await processMark(child.pid as number), url: 'http://127.0.0.1:1' };
  writeFileSync(path.join(folder, 'up.json'), JSON.stringify(note));
  expect(await findRunningUp(folder)).toEqual(expect.objectContaining({ url: note.url }));
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await findRunningUp(folder)).toBeUndefined();
  await (
    await takeUpLock(folder)
  )();
});

test('a note that a power cut left half-written does not count', async () => {
  const folder = await tempDir();
  writeFileSync(path.join(folder, 'up.json'), '{"process": "12');
  expect(await findRunningUp(folder)).toBeUndefined();
});
