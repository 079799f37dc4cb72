import { spawn } from 'node:child_process';
import { access, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inMirror } from '../../src/git/mirror.ts';
import { workRef } from '../../src/git/refs.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { sweepWorktrees, worktreeDirectory } from '../../src/git/worktree-janitor.ts';
import { waitFor } from '../support/wait-for.ts';
import { environment, makeProject, plainGit, writeFiles } from './repositories.ts';

const attempt = (epoch: number) => ({ runId: 'run1', taskId: 'the-api', epoch });
const nobody = () => false;

async function makeAttempts(count: number) {
  const project = await makeProject({ 'a.txt': 'a\n' });
  const made = [];
  for (let epoch = 1; epoch <= count; epoch++) {
    const directory = worktreeDirectory(project.worktrees, attempt(epoch));
    made.push(await createWorktree(project.mirror, { directory, commit: project.head }));
  }
  const sweep = (isAlive: (key: { epoch: number }) => boolean | Promise<boolean> = nobody) =>
    sweepWorktrees(project.mirror, { root: project.worktrees, isAlive });
  const administrations = () => readdir(join(project.mirror.directory, 'worktrees'));
  return { ...project, made, sweep, administrations };
}

test('saves, then removes what the dead left; leaves the living alone', async () => {
  const { origin, worktrees, made, sweep } = await makeAttempts(3);
  for (const { directory } of made.slice(1)) await writeFiles(directory, { 'b.txt': 'b\n' });
  const swept = await sweep(({ epoch }) => epoch === 3);
  expect(swept).toMatchObject([
    { ...attempt(1), outcome: 'removed' },
    { ...attempt(2), outcome: 'saved', ref: workRef(attempt(2)) },
  ]);
  expect(await plainGit(origin, 'show', `${workRef(attempt(2))}:b.txt`)).toBe('b');
  expect(await readdir(join(worktrees, 'run1'))).toEqual(['the-api-3']);
  expect(await sweep()).toMatchObject([{ ...attempt(3), outcome: 'saved' }]);
  expect(await readdir(worktrees)).toEqual([]);
});

test('saves commits of the agent, and files whose .git is no longer ours', async () => {
  const { origin, made, sweep, administrations } = await makeAttempts(2);
  const [committed, replaced] = made as [(typeof made)[0], (typeof made)[0]];
  await writeFiles(committed.directory, { 'b.txt': 'b\n' });
  await plainGit(committed.directory, 'checkout', '--quiet', '-b', 'mine');
  await plainGit(committed.directory, 'add', '-A');
  await plainGit(committed.directory, 'commit', '--quiet', '-m', 'Mine');
  await writeFiles(replaced.directory, { 'c.txt': 'c\n' });
  await rm(join(replaced.directory, '.git'));
  await plainGit(replaced.directory, 'init', '--quiet');
  expect(await sweep()).toMatchObject([{ outcome: 'saved' }, { outcome: 'saved' }]);
  expect(await plainGit(origin, 'log', '-1', '--format=%s', workRef(attempt(1)))).toBe('Mine');
  expect(await plainGit(origin, 'show', `${workRef(attempt(2))}:c.txt`)).toBe('c');
  expect(await administrations()).toEqual([]);
});

test('an unfinished merge and a lock of a killed git do not stop it', async () => {
  const { origin, made, sweep } = await makeAttempts(1);
  const [worktree] = made as [(typeof made)[0]];
  await writeFiles(worktree.directory, { 'b.txt': 'b\n' });
  await writeFile(join(worktree.administration, 'index.lock'), '');
  expect(await sweep()).toMatchObject([{ outcome: 'saved' }]);
  expect(await plainGit(origin, 'show', `${workRef(attempt(1))}:b.txt`)).toBe('b');
});

test('what cannot be saved is kept, and tried again', async () => {
  const { origin, made, sweep } = await makeAttempts(1);
  const [{ directory }] = made as [(typeof made)[0]];
  await writeFiles(directory, { 'b.txt': 'b\n' });
  await rename(origin, `${origin}-away`);
  expect(await sweep()).toMatchObject([
    { outcome: 'kept', reason: expect.stringContaining('git') },
  ]);
  await access(join(directory, 'b.txt'));
  await rename(`${origin}-away`, origin);
  expect(await sweep()).toMatchObject([{ outcome: 'saved' }]);
});

test('killed at any moment of making, sweeping or removing', async () => {
  const { made, sweep, mirror, administrations, head, worktrees } = await makeAttempts(4);
  const [making, removing, sweeping] = made as [
    (typeof made)[0],
    (typeof made)[0],
    (typeof made)[0],
  ];
  // Making: the folder is incomplete, no agent has seen it.
  await rm(join(making.administration, 'aurora-base'));
  await rm(join(making.directory, 'a.txt'));
  // Removing: the folder is gone, git's record is not.
  await rm(removing.directory, { recursive: true });
  // Sweeping: another janitor claimed it and died.
  await writeFiles(sweeping.directory, { 'b.txt': 'b\n' });
  const dead = spawn('true');
  await new Promise((resolve) => dead.once('exit', resolve));
  await rename(sweeping.directory, `${sweeping.directory}.swept-${dead.pid}-abc`);
  const swept = await sweep();
  expect(swept.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
    [1, 'removed'],
    [2, 'removed'],
    [3, 'saved'],
    [4, 'removed'],
  ]);
  expect(await administrations()).toEqual([]);
  // And the same folders can be made again.
  const directory = worktreeDirectory(worktrees, attempt(1));
  await createWorktree(mirror, { directory, commit: head });
});

test.runIf(process.platform === 'linux')(
  'an agent that outlived its worker is stopped',
  async () => {
    const { origin, made, sweep } = await makeAttempts(2);
    const start = (cwd: string, script: string) => {
      const child = spawn('sh', ['-c', script], { cwd, detached: true, stdio: 'ignore' });
      onTestFinished(() => void child.kill('SIGKILL'));
      return new Promise<NodeJS.Signals | null>((resolve) =>
        child.once('exit', (_, signal) => resolve(signal)),
      );
    };
    const [dead, living] = made as [(typeof made)[0], (typeof made)[0]];
    const stubborn = start(
      dead.directory,
      'trap "" TERM; echo $$ > pid; while :; do date >> log; sleep 0.05; done',
    );
    const polite = start(dead.directory, 'echo $$ > pid2; exec sleep 600');
    let livingEnded = false;
    void start(living.directory, 'exec sleep 600').then(() => (livingEnded = true));
    await waitFor(() =>
      access(join(dead.directory, 'pid2')).then(
        () => true,
        () => false,
      ),
    );
    await waitFor(() =>
      access(join(dead.directory, 'log')).then(
        () => true,
        () => false,
      ),
    );
    expect(await sweep(({ epoch }) => epoch === 2)).toMatchObject([{ outcome: 'saved' }]);
    expect([await stubborn, await polite]).toEqual(['SIGKILL', 'SIGTERM']);
    expect(livingEnded).toBe(false);
    expect(await plainGit(origin, 'ls-tree', '--name-only', workRef(attempt(1)))).toContain('log');
  },
);

test('several janitors at once save everything once', async () => {
  const { origin, made, sweep, administrations } = await makeAttempts(6);
  for (const { directory } of made) await writeFiles(directory, { 'b.txt': 'b\n' });
  const swept = (await Promise.all([sweep(), sweep(), sweep(), sweep()])).flat();
  const saved = swept.filter(({ outcome }) => outcome === 'saved').map(({ epoch }) => epoch);
  expect(saved.sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(swept.filter(({ outcome }) => outcome === 'kept')).toEqual([]);
  expect(await administrations()).toEqual([]);
  for (const { epoch } of made.map((_, index) => attempt(index + 1))) {
    const ref = workRef(attempt(epoch));
    const files = await plainGit(origin, 'ls-tree', '-r', '--name-only', ref);
    expect(files.split('\n')).toEqual(['a.txt', 'b.txt']);
  }
});

test('kill -9 of a process that makes, saves and removes: nothing is lost, nothing stays', async () => {
  const { origin, mirror, head, worktrees } = await makeProject({ 'a.txt': 'a\n' });
  const source = join(import.meta.dirname, '../../src/git');
  const script = `
    import { writeFile } from 'node:fs/promises';
    import { createWorktree } from ${JSON.stringify(join(source, 'worktree.ts'))};
    import { saveWork } from ${JSON.stringify(join(source, 'save-work.ts'))};
    import { removeWorktree } from ${JSON.stringify(join(source, 'remove-worktree.ts'))};
    import { worktreeDirectory } from ${JSON.stringify(join(source, 'worktree-janitor.ts'))};
    import { workRef } from ${JSON.stringify(join(source, 'refs.ts'))};
    const { mirror, commit, root, first } = JSON.parse(process.argv[1]);
    for (let epoch = first; ; epoch++) {
      const key = { runId: 'run1', taskId: 'api', epoch };
      const directory = worktreeDirectory(root, key);
      const worktree = await createWorktree(mirror, { directory, commit });
      await writeFile(directory + '/work.txt', String(epoch));
      process.stdout.write(epoch + '\\n');
      await saveWork(worktree, { message: 'Work', ref: workRef(key) });
      await removeWorktree(worktree);
    }`;
  for (let round = 0; round < 6; round++) {
    const input = JSON.stringify({ mirror, commit: head, root: worktrees, first: round * 1_000 });
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script, input],
      { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await waitFor(() => output.includes('\n'), { what: 'the first worktree' });
    await new Promise((resolve) => setTimeout(resolve, 40 * round));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));

    const swept = await sweepWorktrees(mirror, { root: worktrees, isAlive: nobody });
    expect(swept.filter(({ outcome }) => outcome === 'kept')).toEqual([]);
    for (const epoch of output.trim().split('\n')) {
      const ref = workRef({ runId: 'run1', taskId: 'api', epoch: Number(epoch) });
      expect(await plainGit(origin, 'show', `${ref}:work.txt`)).toBe(epoch);
    }
  }
  expect(await readdir(worktrees)).toEqual([]);
  const { stdout } = await inMirror(mirror, ['worktree', 'list', '--porcelain']);
  expect(stdout.match(/^worktree /gm)).toHaveLength(1);
});
