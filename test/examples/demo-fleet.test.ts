import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { carryOut, type FleetOutcome } from './demo-fleet.ts';
import { readDemoPlan, type DemoPlan } from './demo-plan.ts';
import { createDemoRepository, git, verify } from './demo-repository.ts';
import { startNotesService } from './notes-service.ts';

let repository: string;
let plan: DemoPlan;
let fleet: FleetOutcome;

beforeAll(async () => {
  repository = await createDemoRepository(await tempDir());
  const before = await verify(repository);
  if (!before.ok) throw new Error(`the service is red before any work: ${before.output}`);
  plan = await readDemoPlan();
  fleet = await carryOut(repository, plan);
}, 300_000);

describe('the fleet on the demo plan', () => {
  test('leaves a branch whose own tests pass, with a commit of every task', async () => {
    expect(await verify(repository)).toMatchObject({ ok: true });
    const subjects = (await git(repository, 'log', '--format=%s')).split('\n');
    expect(subjects).toEqual(expect.arrayContaining(plan.tasks.map(({ id }) => id)));
    expect(await git(repository, 'status', '--porcelain')).toBe('');
  });

  test('fails first where a handler reads a body, for the house rule, and once only', () => {
    expect([...fleet.red.keys()].sort()).toEqual(['api-create-note', 'api-tag-note']);
    for (const failures of fleet.red.values()) {
      expect(failures).toHaveLength(1);
      expect(failures[0]).toContain('breaks the house rule "validate-body"');
    }
  });

  test('merges everything that is built in parallel', () => {
    expect(fleet.conflicts).toEqual([]);
  });

  test('edits the same files from several tasks', async () => {
    for (const file of ['src/routes.js', 'src/store.js', 'src/page-parts.js']) {
      const log = await git(repository, 'log', '--no-merges', '--format=%s', '--', file);
      expect(new Set(log.split('\n')).size, file).toBeGreaterThan(2);
    }
  });

  test('builds all that was planned and pretends nothing', async () => {
    await expect(readFile(join(repository, 'docs/tasks'))).rejects.toThrow('ENOENT');
    for (const { id, summary } of fleet.reports.values()) {
      expect(summary, id).not.toContain('no template');
    }
  });

  test('says for every requirement which tests show it', async () => {
    const validation = await readFile(join(repository, 'docs/validation.md'), 'utf8');
    for (const { id } of plan.requirements) {
      expect(validation).toMatch(new RegExp(`^\\| ${id} .*\`test/.*\\.test\\.js\``, 'm'));
    }
    expect(await readFile(join(repository, 'docs/api.md'), 'utf8')).toContain('`/api/notes`');
  });
});

describe('the finished service', () => {
  const post = { method: 'POST' } as const;

  test('creates, lists, searches, tags, filters and deletes notes, newest first', async () => {
    await using service = await startNotesService(repository, await tempDir());
    const create = (title: string, body: string) =>
      service.call({ ...post, path: '/api/notes', body: { title, body } });
    const titles = async (path: string) => {
      const { json } = await service.call({ path });
      return (json as { notes: { title: string }[] }).notes.map(({ title }) => title);
    };
    const first = await create('First', 'about tea');
    expect(first.status).toBe(201);
    await create('Second', 'about coffee');
    expect(await titles('/api/notes')).toEqual(['Second', 'First']);
    expect(await titles('/api/notes/search?word=TEA')).toEqual(['First']);

    const { id } = first.json as { id: string };
    const tags = { path: `/api/notes/${id}/tags`, method: 'PUT', body: { tags: ['drinks'] } };
    expect((await service.call(tags)).status).toBe(200);
    expect(await titles('/api/tags/drinks/notes')).toEqual(['First']);

    const page = await service.page();
    expect(page.indexOf('Second')).toBeGreaterThan(0);
    expect(page.indexOf('Second')).toBeLessThan(page.indexOf('First'));
    expect(await service.page('/?tag=drinks')).not.toContain('Second');
    expect(await service.page('/?word=coffee')).not.toContain('First');

    const removal = { path: `/api/notes/${id}`, method: 'DELETE' };
    expect((await service.call(removal)).status).toBe(204);
    expect(await titles('/api/notes')).toEqual(['Second']);
  });

  test('refuses a title of 121 characters and says why', async () => {
    await using service = await startNotesService(repository, await tempDir());
    const create = (length: number) =>
      service.call({ ...post, path: '/api/notes', body: { title: 'x'.repeat(length) } });
    expect((await create(120)).status).toBe(201);
    expect(await create(121)).toEqual({
      status: 400,
      json: { error: 'title must be at most 120 characters long; it has 121' },
    });
  });

  test('shows script as text', async () => {
    await using service = await startNotesService(repository, await tempDir());
    const attack = '<script>alert(1)</script>';
    await service.call({ ...post, path: '/api/notes', body: { title: attack, body: attack } });
    const page = await service.page();
    expect(page).not.toContain(attack);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('keeps its notes when it is killed and started again', async () => {
    const folder = await tempDir();
    const kept = { title: 'Kept', body: 'across restarts' };
    {
      await using service = await startNotesService(repository, folder);
      await service.call({ ...post, path: '/api/notes', body: kept });
    }
    await using service = await startNotesService(repository, folder);
    expect((await service.call({ path: '/api/notes' })).json).toMatchObject({ notes: [kept] });
  });
});
