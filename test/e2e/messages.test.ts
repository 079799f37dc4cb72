import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Says what it found out once another one listens; memory knows it before it ends. */
const finder = `
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export default async (task, ctx) => {
  while (!existsSync(task.input.ready)) await sleep(10);
  await ctx.send({ type: 'PATTERN_STORE', payload: { content: 'the port is 8123', tags: ['port'] } });
  return { summary: 'told, with lin_api_' + 'a1B2'.repeat(10) };
};
`;
/** Writes its files once another one listens. */
const writer = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export default async (task, ctx) => {
  while (!existsSync(task.input.ready)) await sleep(10);
  for (const file of task.input.files) writeFileSync(ctx.directory + '/' + file, 'written');
};
`;
/** Ends when it has heard. */
const hearer = `
import { writeFileSync } from 'node:fs';
export default async (task, ctx) => {
  const heard = new Promise((resolve) => ctx.onDiscovery(resolve));
  writeFileSync(task.input.ready, '');
  return { result: await heard };
};
`;
/** A program that waits for news in its file, and asks and tells over HTTP. */
const program = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const { task } = JSON.parse(readFileSync(0, 'utf8'));
writeFileSync(task.input.ready, '');
let news = '';
while (!news.endsWith('\\n')) {
  news = readFileSync(process.env.AURORA_NEWS_FILE, 'utf8');
  await sleep(10);
}
const say = async (message) => {
  const answer = await fetch(process.env.AURORA_URL + '/v1/messages', {
    method: 'POST',
    headers: {
      authorization: 'Bearer ' + process.env.AURORA_TOKEN,
      'content-type': 'application/json',
    },
    body: JSON.stringify(message),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  return answer.json();
};
await say({ type: 'TASK_PROGRESS', payload: { stage: 'heard the news' } });
const { context } = await say({ type: 'CONTEXT_REQUEST', payload: { query: 'which port' } });
writeFileSync(
  process.env.AURORA_RESULT_FILE,
  JSON.stringify({ result: { news: JSON.parse(news), context: context.items[0].content } }),
);
`;

describeEachBackend('what an agent discovers', (backend) => {
  let fleet: TestFleet;
  let folder: string;

  beforeAll(async () => {
    folder = await tempDir();
    for (const [name, source] of Object.entries({ finder, hearer, program, writer })) {
      writeFileSync(path.join(folder, `${name}.mjs`), source);
    }
    const agent = (name: string, executor: Agent['executor']): Agent => ({
      ...{ name, role: 'backend', capabilities: [], weight: 1, concurrency: 1, executor },
    });
    const command = ['node', path.join(folder, 'program.mjs')];
    fleet = await openTestFleet({
      backend,
      dataDir: folder,
      parts: { web: true },
      agents: [
        agent('finder', { type: 'function', module: './finder.mjs' }),
        agent('writer', { type: 'function', module: './writer.mjs' }),
        agent('hearer', { type: 'function', module: './hearer.mjs' }),
        agent('program', { type: 'command', command, env: [] }),
      ],
    });
  });
  afterAll(() => fleet.close());

  test.each(['hearer', 'program'])('reaches the %s that is at work at that moment', async (who) => {
    const ready = path.join(folder, `${who}-is-ready`);
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        version: 1,
        tasks: [
          { id: 'listen', title: 'Listen', agent: who, input: { ready } },
          { id: 'find', title: 'Find', agent: 'finder', input: { ready } },
        ],
      },
    });
    expect((await fleet.ended(run.id)).state).toBe('done');
    const { rows } = await fleet.services.database.pool.query<{ result: unknown }>(
      `SELECT result FROM aurora.tasks WHERE run_id = $1 AND id = 'listen'`,
      [run.id],
    );
    const news = { taskId: 'find', content: 'the port is 8123', tags: ['port'] };
    const { result } = rows[0] as { result: unknown };
    if (who === 'hearer') expect(result).toMatchObject(news);
    else expect(result).toMatchObject({ news, context: 'the port is 8123' });
    const messages = await listMessages(fleet.services.database.db, run.id);
    expect(messages.filter(({ type }) => type === 'PATTERN_STORE')).toHaveLength(1);
    expect(messages.some(({ type }) => type === 'TASK_COMPLETE')).toBe(true);
    const token = /AURORA_TOKEN|eyJ|Bearer|a1B2/;
    expect(JSON.stringify(messages)).not.toMatch(token);
    expect(readFileSync(path.join(folder, `${who}-is-ready`), 'utf8')).toBe('');
  });

  test('an attempt is told when another one merges files of its scope', async () => {
    const repository = makeRepository(path.join(folder, 'repository'), { 'src/a.ts': 'a' });
    const ready = path.join(folder, 'scoped-is-ready');
    const files = ['src/b.ts', 'other.txt'];
    const { run } = await submitRun(fleet.maestro, {
      repository,
      plan: {
        version: 1,
        tasks: [
          { id: 'listen', title: 'Listen', agent: 'hearer', scope: ['src/**'], input: { ready } },
          { id: 'write', title: 'Write', agent: 'writer', input: { ready, files } },
        ],
      },
    });
    expect((await fleet.ended(run.id)).state).toBe('done');
    const { db } = fleet.services.database;
    const { mergeCommit: commit } = await getTask(db, run.id, 'write');
    expect((await getTask(db, run.id, 'listen')).result).toMatchObject({
      ...{ taskId: 'write', tags: ['scope-moved'], moved: { commit, files: ['src/b.ts'] } },
      content: expect.stringContaining('src/b.ts'),
    });
    const messages = await listMessages(db, run.id);
    expect(messages.filter(({ type }) => type === 'SCOPE_MOVED')).toMatchObject([
      { taskId: 'listen', sender: 'agent:writer', recipient: 'agent:hearer' },
    ]);
  });
});
