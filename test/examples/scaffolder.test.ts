import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { agentsSchema } from '../../src/domain/agent.ts';
import { roles } from '../../src/domain/role.ts';
import { tempDir } from '../support/temp-dir.ts';
import { lessonFrom } from './demo-fleet.ts';
import { readDemoPlan } from './demo-plan.ts';
import {
  agentsFolder,
  createDemoRepository,
  git,
  merge,
  onBranch,
  scaffold,
  verify,
} from './demo-repository.ts';

// Dozens of processes each: slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const plan = await readDemoPlan();
const taskOf = (id: string) => {
  const task = plan.tasks.find((one) => one.id === id);
  if (!task) throw new Error(`the demo plan has no task "${id}"`);
  return {
    task,
    requirements: plan.requirements.filter((one) => task.requirements.includes(one.id)),
  };
};

test('a body handler stays red until a lesson names the rule, then turns green', async () => {
  const repository = await createDemoRepository(await tempDir());
  const input = taskOf('api-create-note');
  let failure = '';
  for (let attempt = 1; attempt <= 2; attempt++) {
    await scaffold(repository, input);
    const red = await verify(repository);
    expect(red.ok).toBe(false);
    expect(red.output).toContain('src/handlers/create-note.js: breaks the house rule');
    failure = red.output;
    await git(repository, 'stash', '--include-untracked', '--quiet');
  }
  const unrelated = [lessonFrom(input.task, 'test/x.test.js: expected 1 to be 2')];
  await scaffold(repository, { ...input, lessons: unrelated });
  expect((await verify(repository)).ok).toBe(false);

  // On top of the red attempt: a worktree that was kept must not stay red.
  const { report } = await scaffold(repository, {
    ...input,
    lessons: [...unrelated, lessonFrom(input.task, failure)],
  });
  expect(await verify(repository)).toMatchObject({ ok: true });
  expect(report).toMatchObject({ patterns: [{ tags: ['notes-service', 'validate-body'] }] });
});

test.each([
  [['data-note', 'api-list-note', 'api-search-note', 'api-filter-note', 'api-delete-note']],
  [['ui-search-note', 'ui-filter-note', 'ui-tag-note', 'ui-delete-note', 'ui-show-note']],
])('branches of %s merge in both orders', async (ids) => {
  const repository = await createDemoRepository(await tempDir());
  for (const id of ids) {
    await onBranch(repository, id, 'main', async (worktree) => {
      await scaffold(worktree, taskOf(id));
    });
  }
  for (const [branch, ordered] of Object.entries({ forth: ids, back: [...ids].reverse() })) {
    await git(repository, 'checkout', '--quiet', '-b', branch, 'main');
    for (const id of ordered) expect(await merge(repository, id), id).toBe(true);
    expect(await verify(repository)).toMatchObject({ ok: true });
  }
  expect(await git(repository, 'diff', 'forth', 'back')).toBe('');
});

test('a task that did not merge is done again on the new head', async () => {
  const repository = await createDemoRepository(await tempDir());
  const rival = "route('GET', '/api/all', 'show-health'),";
  await onBranch(repository, 'api-list-note', 'main', async (worktree) => {
    await scaffold(worktree, taskOf('api-list-note'));
  });
  await onBranch(repository, 'rival', 'main', async (worktree) => {
    const file = join(worktree, 'src/routes.js');
    const table = await readFile(file, 'utf8');
    await writeFile(file, table.replace('  // list\n', `  // list\n  ${rival}\n`));
  });
  expect(await merge(repository, 'rival')).toBe(true);
  expect(await merge(repository, 'api-list-note')).toBe(false);
  await onBranch(repository, 'api-list-note', 'main', async (worktree) => {
    await scaffold(worktree, taskOf('api-list-note'));
  });
  expect(await merge(repository, 'api-list-note')).toBe(true);
  expect(await readFile(join(repository, 'src/routes.js'), 'utf8')).toContain(rival);
  expect(await verify(repository)).toMatchObject({ ok: true });
});

test('every task leaves a tree alone that has its work already', async () => {
  const repository = await createDemoRepository(await tempDir());
  const lessons = [lessonFrom({ id: 'x' }, 'breaks the house rule "validate-body"')];
  const runAll = async () => {
    for (const { id } of plan.tasks) {
      const { code, output } = await scaffold(repository, { ...taskOf(id), lessons });
      expect(code, output).toBe(0);
    }
    await git(repository, 'add', '--all');
    return git(repository, 'write-tree');
  };
  const once = await runAll();
  expect(await runAll()).toBe(once);
});

test('a task it has no template for gets a design note that says so', async () => {
  const repository = await createDemoRepository(await tempDir());
  const task = { id: 'api-export-note', title: 'Export notes as PDF', prompt: 'Export as PDF.' };
  const input = { aspect: 'api', action: 'export', subject: 'note', text: 'Export as PDF.' };
  const { report } = await scaffold(repository, { task: { ...task, input } });
  expect(report).toMatchObject({ summary: expect.stringContaining('no template fits') as string });
  expect(await git(repository, 'status', '--porcelain', '--untracked-files=all')).toBe(
    '?? docs/tasks/api-export-note.md',
  );
  expect(await readFile(join(repository, 'docs/tasks/api-export-note.md'), 'utf8')).toContain(
    'no code was written',
  );
});

test('the validator fails when the service does', async () => {
  const repository = await createDemoRepository(await tempDir());
  await writeFile(join(repository, 'src/limits.js'), 'export const limits = {};\n');
  await writeFile(
    join(repository, 'test/red.test.js'),
    "import { test } from 'node:test';\ntest('red', () => {\n  throw new Error('red');\n});\n",
  );
  const { code, output } = await scaffold(repository, taskOf('validate'));
  expect(code).toBe(1);
  expect(output).toContain("the service's own tests fail");
});

test('another number in the requirement is another limit in the service', async () => {
  const repository = await createDemoRepository(await tempDir());
  const { task, requirements } = taskOf('api-limit-title');
  const changed = requirements.map((one) => ({ ...one, text: one.text?.replace('120', '80') }));
  await scaffold(repository, { task, requirements: changed });
  expect(await readFile(join(repository, 'src/limits.js'), 'utf8')).toContain(
    'titleCharacters: 80,',
  );
});

test('the configuration has an agent for every role and works from any folder', async () => {
  const file = pathToFileURL(join(agentsFolder, 'aurora.config.mjs')).href;
  const config = (await import(file)) as { default: { agents: unknown } };
  const agents = Object.values(agentsSchema.parse(config.default.agents));
  expect(agents.map(({ role }) => role).sort()).toEqual([...roles].sort());
  for (const { executor } of agents) {
    if (executor.type !== 'command') throw new Error('the demo runs commands');
    await access(executor.command[1] as string);
  }
});
