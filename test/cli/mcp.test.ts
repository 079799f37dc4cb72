import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { migrateQueue } from '../../src/queue/queue-backend.ts';
import { queuePool } from '../../src/runtime/queue-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { tempDir } from '../support/temp-dir.ts';
import { compiled } from './aurora-process.ts';

// A process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const pool = queuePool(database.url, 1);
  await migrateQueue(pool);
  await pool.end();
});
afterAll(() => database.drop());

test('the tools work on stdin and stdout, on the same record', async () => {
  const cwd = await tempDir();
  const env = { DATABASE_URL: database.url };
  const { PATH = '', HOME = '' } = process.env;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [compiled('src/cli/main.ts'), 'mcp'],
    ...{ cwd, env: { PATH, HOME, ...env }, stderr: 'pipe' },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const draft = { content: 'Ports start at 4700.', kind: 'decision', project: 'shop' };
  const stored = await client.callTool({ name: 'memory_store', arguments: draft });
  expect(stored.structuredContent).toMatchObject({ tier: 'working', content: draft.content });
  const ended = new Promise<void>((resolve) => (transport.onclose = resolve));
  await client.close();
  await ended;
  const kept = new pg.Client({ connectionString: database.url });
  await kept.connect();
  const { rows } = await kept.query<{ content: string }>('select content from aurora.memories');
  await kept.end();
  expect(rows).toEqual([{ content: draft.content }]);
});
