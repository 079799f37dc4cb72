import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { deleteRunRefs } from '../../src/git/delete-run-refs.ts';
import { formatCommitMessage } from '../../src/git/commit-message.ts';
import { gatherMerges } from '../../src/git/gather-merges.ts';
import {
  ensureIntegrationBranch,
  restoreIntegrationBranch,
} from '../../src/git/integration-branch.ts';
import { mergeWork, prepareMerge, publishMerge } from '../../src/git/merge-work.ts';
import { inMirror, type Mirror, openMirror } from '../../src/git/mirror.ts';
import { moveWork } from '../../src/git/move-work.ts';
import { workRef } from '../../src/git/refs.ts';
import { removeWorktree } from '../../src/git/remove-worktree.ts';
import { saveWork } from '../../src/git/save-work.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { worktreeDirectory } from '../../src/git/worktree-janitor.ts';
import { tempDir } from '../support/temp-dir.ts';
import {
  commitFiles,
  environment,
  makeProject,
  plainGit,
  serveRepositories,
  writeFiles,
} from './repositories.ts';

const runId = 'run1';
const branch = `aurora/${runId}`;

/** What a task does: a worktree at `commit`, some files, saved to origin. */
async function doWork(
  { mirror, worktrees }: { mirror: Mirror; worktrees: string },
  taskId: string,
  commit: string,
  files: Record<string, string>,
): Promise<string> {
  const key = { runId, taskId, epoch: 1 };
  const directory = worktreeDirectory(worktrees, key);
  const worktree = await createWorktree(mirror, { directory, commit });
  await writeFiles(directory, files);
  const saved = await saveWork(worktree, { message: `Do ${taskId}`, ref: workRef(key) });
  await removeWorktree(worktree);
  return saved.commit;
}

async function makeRun(files: Record<string, string> = { 'a.txt': 'a\n' }) {
  const project = await makeProject(files);
  await ensureIntegrationBranch(project.mirror, { runId, startAt: async () => project.head });
  return project;
}

const messageOf = (taskId: string) =>
  formatCommitMessage({
    title: `Merge ${taskId}`,
    runId,
    taskId,
    requirements: ['REQ-001', 'REQ-002'],
  });
const nothing = () => Promise.resolve();

test('the integration branch is made once, however many ask', async () => {
  const { origin, head, mirror } = await makeProject();
  const asked = Array.from({ length: 5 }, () =>
    ensureIntegrationBranch(mirror, { runId, startAt: async () => head }),
  );
  for (const answer of await Promise.all(asked)) expect(answer).toEqual({ branch, head });
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(head);
});

test('a branch named aurora is in the way', async () => {
  const { origin, head, mirror } = await makeProject();
  await plainGit(origin, 'branch', 'aurora');
  await expect(
    ensureIntegrationBranch(mirror, { runId, startAt: async () => head }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: 'repository-invalid',
      message: expect.stringContaining('Rename'),
    }),
  );
});

test('always a merge commit, head first, with trailers; then already merged', async () => {
  const project = await makeRun();
  const { origin, mirror, head } = project;
  const work = await doWork(project, 'api', head, { 'b.txt': 'b\n' });
  const request = { branch, work, message: messageOf('api') };
  const prepared = await prepareMerge(mirror, request);
  if (prepared.kind !== 'merge') throw new Error(prepared.kind);
  const { mergeCommit } = prepared;
  const ticket = 'refs/aurora/run1/api/1';
  const publish = () => publishMerge(mirror, { branch, work, ticket }, prepared);
  expect(await publish()).toBe('published');
  // Again, as after a crash that came before the record knew.
  expect(await publish()).toBe('published');
  expect(await plainGit(origin, 'log', '-1', '--format=%P', branch)).toBe(`${head} ${work}`);
  for (const where of [origin, mirror.directory]) {
    expect(await plainGit(where, 'for-each-ref', 'refs/aurora')).toBe('');
  }
  const trailers = await plainGit(origin, 'log', '-1', '--format=%(trailers:only)', branch);
  expect(trailers.trim().split('\n')).toEqual([
    'Aurora-Run: run1',
    'Aurora-Task: api',
    'Aurora-Requirement: REQ-001',
    'Aurora-Requirement: REQ-002',
  ]);
  expect(await prepareMerge(mirror, request)).toEqual({
    kind: 'already-merged',
    head: mergeCommit,
  });
});

test('work that another epoch has taken over cannot be published any more', async () => {
  const project = await makeRun();
  const { origin, mirror, head } = project;
  const work = await doWork(project, 'api', head, { 'b.txt': 'b\n' });
  const first = { runId, taskId: 'api', epoch: 1 };
  const second = { ...first, epoch: 2 };
  const request = { branch, work, message: messageOf('api'), ticket: workRef(first) };
  const prepared = await prepareMerge(mirror, request);
  if (prepared.kind !== 'merge') throw new Error(prepared.kind);
  await moveWork(mirror, work, second);
  await moveWork(mirror, work, second);
  const refs = () => plainGit(origin, 'for-each-ref', '--format=%(refname)', 'refs/aurora');
  expect(await refs()).toBe(workRef(second));
  expect(await publishMerge(mirror, request, prepared)).toBe('moved');
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(head);
  // An old attempt that takes work over late does not get it back from the newer one.
  await moveWork(mirror, work, first);
  expect((await refs()).split('\n')).toContain(workRef(second));
  const own = { ...request, ticket: workRef(second), beforePublish: nothing };
  expect(await mergeWork(mirror, own)).toMatchObject({ kind: 'merge' });
  expect(await plainGit(origin, 'show', `${branch}:b.txt`)).toBe('b');
});

test('a ref with work that somebody has removed is told, and is made again', async () => {
  const project = await makeRun();
  const { origin, mirror } = project;
  const work = await doWork(project, 'api', project.head, { 'b.txt': 'b\n' });
  const key = { runId, taskId: 'api', epoch: 1 };
  await plainGit(origin, 'update-ref', '-d', workRef(key));
  const ticket = workRef(key);
  const merge = { branch, work, message: messageOf('api'), ticket, beforePublish: nothing };
  await expect(mergeWork(mirror, merge)).rejects.toThrow(/which kept the work, was removed/);
  await moveWork(mirror, work, key);
  expect(await mergeWork(mirror, merge)).toMatchObject({ kind: 'merge' });
});

test('a host without atomic pushes gets the merge alone', async () => {
  const project = await makeRun();
  const { origin, mirror, head } = project;
  const work = await doWork(project, 'api', head, { 'b.txt': 'b\n' });
  await plainGit(origin, 'config', 'receive.advertiseAtomic', 'false');
  const ticket = workRef({ runId, taskId: 'api', epoch: 1 });
  const merge = { branch, work, message: messageOf('api'), ticket, beforePublish: nothing };
  expect(await mergeWork(mirror, merge)).toMatchObject({ kind: 'merge' });
  expect(await plainGit(origin, 'rev-parse', ticket)).toBe(work);
});

test('parallel changes of one file merge; both sides are there', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const project = await makeRun({ 'a.txt': lines.join('\n') + '\n' });
  const edit = (index: number, text: string) =>
    lines.map((line, at) => (at === index ? text : line)).join('\n') + '\n';
  const first = await doWork(project, 'one', project.head, { 'a.txt': edit(2, 'first') });
  const second = await doWork(project, 'two', project.head, { 'a.txt': edit(15, 'second') });
  for (const [taskId, work] of Object.entries({ one: first, two: second })) {
    const merge = { branch, work, message: messageOf(taskId), beforePublish: nothing };
    expect(await mergeWork(project.mirror, merge)).toMatchObject({ kind: 'merge' });
  }
  const merged = await plainGit(project.origin, 'show', `${branch}:a.txt`);
  expect(merged).toContain('first');
  expect(merged).toContain('second');
});

test('a conflict is told per file, and publishes nothing', async () => {
  const project = await makeRun({ 'a.txt': 'base\n', 'd.txt': 'delete me\n' });
  const { origin, mirror, head } = project;
  const ours = await doWork(project, 'one', head, { 'a.txt': 'ours\n', 'd.txt': 'changed\n' });
  await mergeWork(mirror, {
    branch,
    work: ours,
    message: messageOf('one'),
    beforePublish: nothing,
  });
  const directory = worktreeDirectory(project.worktrees, { runId, taskId: 'two', epoch: 1 });
  const worktree = await createWorktree(mirror, { directory, commit: head });
  await plainGit(directory, 'rm', '--quiet', 'd.txt');
  await writeFiles(directory, { 'a.txt': 'theirs\n' });
  const theirs = await saveWork(worktree, { message: 'Two', ref: 'refs/aurora/run1/two/1' });
  const before = await plainGit(origin, 'rev-parse', branch);
  const beforePublish = vi.fn(nothing);
  const merge = { branch, work: theirs.commit, message: messageOf('two'), beforePublish };
  const outcome = await mergeWork(mirror, merge);
  if (outcome.kind !== 'conflict') throw new Error(outcome.kind);
  expect(outcome.files.map(({ path }) => path)).toEqual(['a.txt', 'd.txt']);
  const [content, deletion] = outcome.files;
  expect(content?.markers).toMatch(/^<<<<<<< .*\nours\n=======\ntheirs\n>>>>>>> /);
  expect(Object.keys(content?.stages ?? {})).toEqual(['base', 'ours', 'theirs']);
  expect(Object.keys(deletion?.stages ?? {})).toEqual(['base', 'ours']);
  expect(outcome.notes).toContain('CONFLICT (content): Merge conflict in a.txt');
  expect(outcome.notes).toContain('CONFLICT (modify/delete)');
  expect(beforePublish).not.toHaveBeenCalled();
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(before);
});

test('what beforePublish refuses is never visible', async () => {
  const project = await makeRun();
  const work = await doWork(project, 'api', project.head, { 'b.txt': 'b\n' });
  const beforePublish = () => Promise.reject(new Error('fenced out'));
  const merge = { branch, work, message: messageOf('api'), beforePublish };
  await expect(mergeWork(project.mirror, merge)).rejects.toThrow('fenced out');
  expect(await plainGit(project.origin, 'rev-parse', branch)).toBe(project.head);
});

test('a branch that moves meanwhile is merged into again', async () => {
  const project = await makeRun();
  const { mirror, origin, head } = project;
  const [one, two] = await Promise.all([
    doWork(project, 'one', head, { '1.txt': '1\n' }),
    doWork(project, 'two', head, { '2.txt': '2\n' }),
  ]);
  const second = await openMirror({
    ...{ url: origin, directory: join(await tempDir(), 'second'), environment },
  });
  let rounds = 0;
  await mergeWork(mirror, {
    ...{ branch, work: one, message: messageOf('one') },
    beforePublish: async () => {
      if (rounds++ > 0) return;
      await mergeWork(second, {
        branch,
        work: two,
        message: messageOf('two'),
        beforePublish: nothing,
      });
    },
  });
  expect(rounds).toBe(2);
  const files = await plainGit(origin, 'ls-tree', '-r', '--name-only', branch);
  expect(files.split('\n')).toEqual(['1.txt', '2.txt', 'a.txt']);
});

test('many workers on two mirrors merge at once: each task exactly once', async () => {
  const project = await makeRun();
  const { origin, head, mirror } = project;
  const directory = join(await tempDir(), 'second');
  const second = await openMirror({ url: origin, directory, environment });
  const tasks = Array.from({ length: 12 }, (_, index) => `task-${index}`);
  await Promise.all(
    tasks.map(async (taskId, index) => {
      const work = await doWork(project, taskId, head, { [`${taskId}.txt`]: '' });
      // The work of one machine is merged by the other as well.
      const where = index % 2 === 0 ? mirror : second;
      const merge = { branch, work, message: messageOf(taskId), beforePublish: nothing };
      expect(await mergeWork(where, merge)).toMatchObject({ kind: 'merge' });
    }),
  );
  const log = await plainGit(origin, 'log', '--first-parent', '--format=%s', `${head}..${branch}`);
  expect(log.split('\n').sort()).toEqual(tasks.map((taskId) => `Merge ${taskId}`).sort());
  const files = await plainGit(origin, 'ls-tree', '-r', '--name-only', branch);
  expect(files.split('\n')).toHaveLength(13);
});

test('a checked-out branch is a clear error', async () => {
  const project = await makeRun();
  const work = await doWork(project, 'api', project.head, { 'b.txt': 'b\n' });
  await plainGit(project.origin, 'checkout', '--quiet', branch);
  const merge = { branch, work, message: messageOf('api'), beforePublish: nothing };
  await expect(mergeWork(project.mirror, merge)).rejects.toThrow(
    expect.objectContaining({
      code: 'branch-checked-out',
      message: expect.stringContaining('git switch'),
    }),
  );
  await plainGit(project.origin, 'checkout', '--quiet', 'main');
  expect(await mergeWork(project.mirror, merge)).toMatchObject({ kind: 'merge' });
});

test('a hook of origin that refuses is said in its own words', async () => {
  const project = await makeRun();
  const work = await doWork(project, 'api', project.head, { 'b.txt': 'b\n' });
  const hook = join(project.origin, '.git/hooks/pre-receive');
  await writeFile(hook, '#!/bin/sh\necho "not on Fridays" >&2; exit 1\n');
  await chmod(hook, 0o755);
  const merge = { branch, work, message: messageOf('api'), beforePublish: nothing };
  await expect(mergeWork(project.mirror, merge)).rejects.toThrow(/not on Fridays/);
});

test('an unknown commit and a deleted branch are clear errors', async () => {
  const { origin, mirror, head } = await makeRun();
  const message = messageOf('api');
  await expect(prepareMerge(mirror, { branch, work: 'f'.repeat(40), message })).rejects.toThrow(
    /in no branch of origin/,
  );
  await plainGit(origin, 'branch', '-D', branch);
  await expect(prepareMerge(mirror, { branch, work: head, message })).rejects.toThrow(
    /is gone from/,
  );
});

test('what a forced branch has lost and cannot take back is told, wherever the commit still is', async () => {
  const project = await makeRun();
  const { origin, head, mirror, worktrees } = project;
  const work = await doWork(project, 'api', head, { 'a.txt': 'mine\n' });
  const request = { branch, work, message: messageOf('api'), beforePublish: nothing };
  const merged = await mergeWork(mirror, request);
  if (merged.kind !== 'merge') throw new Error(merged.kind);
  await plainGit(origin, 'switch', '--quiet', '--detach', head);
  const aside = await commitFiles(origin, { 'a.txt': 'theirs\n' });
  await plainGit(origin, 'update-ref', `refs/heads/${branch}`, aside);
  await plainGit(origin, 'update-ref', '-d', workRef({ runId, taskId: 'api', epoch: 1 }));
  // Another machine, which has never seen the merge.
  const directory = join(dirname(worktrees), 'other');
  const other = await openMirror({ url: origin, directory, environment });
  const restore = () => restoreIntegrationBranch(other, runId, [merged.mergeCommit]);
  await expect(restore()).rejects.toMatchObject({
    code: 'merges-lost',
    message: expect.stringMatching(`${merged.mergeCommit}.*conflicts with what is there now`),
  });
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(aside);
  await plainGit(origin, 'update-ref', `refs/heads/${branch}`, head);
  expect(await restore()).toBe(merged.mergeCommit);
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(merged.mergeCommit);
});

test('a host that goes away while a lost merge is looked for has not lost it', async () => {
  const { mirror, head } = await makeRun();
  const lost = 'f'.repeat(40);
  const gather = (PATH: string) =>
    gatherMerges({ ...mirror, environment: { ...environment, PATH } }, branch, [lost], head);
  await expect(gather(environment['PATH'] as string)).rejects.toMatchObject({
    code: 'merges-lost',
  });
  // It answers until it is asked for the commit itself.
  const bin = await tempDir();
  const program = `#!/bin/sh
case "$*" in *" fetch "*" ${lost}") echo "fatal: unable to connect to origin" >&2; exit 128;; esac
PATH='${environment['PATH']}' exec git "$@"
`;
  await writeFile(join(bin, 'git'), program, { mode: 0o755 });
  await expect(gather(`${bin}:${environment['PATH']}`)).rejects.toMatchObject({
    code: 'repository-unavailable',
  });
});

test('over a URL: branch, work, merge', async () => {
  const { origin, head, worktrees } = await makeProject();
  const url = `${await serveRepositories(dirname(origin))}origin`;
  const mirror = await openMirror({ url, directory: join(await tempDir(), 'mirror'), environment });
  await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
  const work = await doWork({ mirror, worktrees }, 'api', head, { 'b.txt': 'b\n' });
  const merge = { branch, work, message: messageOf('api'), beforePublish: nothing };
  const merged = await mergeWork(mirror, merge);
  if (merged.kind !== 'merge') throw new Error(merged.kind);
  expect(await plainGit(origin, 'rev-parse', branch)).toBe(merged.mergeCommit);
  const stale = { head, mergeCommit: work };
  expect(await publishMerge(mirror, { branch, work }, stale)).toBe('moved');
});

test('sha256 and shallow origins', async () => {
  const sha256 = await (
    await import('./repositories.ts')
  ).makeRepository({
    initArguments: ['--object-format=sha256'],
  });
  const source = await makeProject();
  const shallow = join(await tempDir(), 'shallow');
  await plainGit('/', 'clone', '--quiet', '--depth=1', `file://${source.origin}`, shallow);
  const shallowHead = await plainGit(shallow, 'rev-parse', 'HEAD');
  for (const { directory: url, head } of [sha256, { directory: shallow, head: shallowHead }]) {
    const root = await tempDir();
    const mirror = await openMirror({ url, directory: join(root, 'mirror'), environment });
    await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
    const project = { mirror, worktrees: join(root, 'worktrees') };
    const work = await doWork(project, 'api', head, { 'b.txt': 'b\n' });
    const merge = { branch, work, message: messageOf('api'), beforePublish: nothing };
    expect(await mergeWork(mirror, merge)).toMatchObject({ kind: 'merge' });
    expect(await plainGit(url, 'show', `${branch}:b.txt`)).toBe('b');
  }
});

test("a run's saved work is deleted when it is merged, else kept", async () => {
  const project = await makeRun();
  const { origin, mirror, head } = project;
  const merged = await doWork(project, 'merged', head, { 'b.txt': 'b\n' });
  await doWork(project, 'open', head, { 'c.txt': 'c\n' });
  await plainGit(origin, 'update-ref', 'refs/aurora/run10/api/1', head);
  await mergeWork(mirror, {
    branch,
    work: merged,
    message: messageOf('merged'),
    beforePublish: nothing,
  });
  const expected = { deleted: ['refs/aurora/run1/merged/1'], kept: ['refs/aurora/run1/open/1'] };
  expect(await deleteRunRefs(mirror, runId)).toEqual(expected);
  expect(await deleteRunRefs(mirror, runId)).toEqual({ ...expected, deleted: [] });
  for (const where of [origin, mirror.directory]) {
    const refs = await plainGit(where, 'for-each-ref', '--format=%(refname)', 'refs/aurora/run1');
    expect(refs).toBe('refs/aurora/run1/open/1');
  }
  expect(await plainGit(origin, 'rev-parse', 'refs/aurora/run10/api/1')).toBe(head);
  await inMirror(mirror, ['fsck', '--connectivity-only']);
});
