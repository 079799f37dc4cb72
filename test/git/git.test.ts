import { execFile } from 'node:child_process';
import { access, chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { assertBranchName } from '../../src/git/branch-name.ts';
import { git } from '../../src/git/git.ts';
import { maskCredentials } from '../../src/git/mask-credentials.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { commitFiles, environment, makeRepository, plainGit } from './repositories.ts';

const run = promisify(execFile);

/** A program named git, first on the PATH. */
async function withProgram(
  script: string,
): Promise<{ cwd: string; environment: typeof environment }> {
  const bin = await tempDir();
  await writeFile(join(bin, 'git'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'git'), 0o755);
  return { cwd: bin, environment: { PATH: `${bin}:${environment['PATH'] ?? ''}` } };
}

test('fails in the words of git', async () => {
  const { directory } = await makeRepository();
  await expect(
    git(['rev-parse', '--verify', 'nope'], { cwd: directory, environment }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: 'git-failed',
      message: expect.stringMatching(/git rev-parse failed: fatal: Needed a single revision/),
    }),
  );
});

test('an exit code that is an answer is no failure', async () => {
  const { directory } = await makeRepository();
  const args = ['rev-parse', '--verify', '--quiet', 'nope'];
  const output = await git(args, { cwd: directory, environment, exitCodes: [0, 1] });
  expect(output).toMatchObject({ exitCode: 1, stdout: '' });
});

test('hooks do not run, our secrets are not passed on, and nobody is asked', async () => {
  const { directory } = await makeRepository();
  const hook = join(directory, '.git/hooks/post-checkout');
  await writeFile(hook, `#!/bin/sh\ntouch ${directory}/hooked\n`);
  await chmod(hook, 0o755);
  await plainGit(directory, 'checkout', '--quiet', '-b', 'a');
  expect(await plainGit(directory, 'status', '--porcelain')).toContain('hooked');
  await plainGit(directory, 'clean', '--quiet', '-f');
  await git(['checkout', '--quiet', '-b', 'b'], { cwd: directory, environment });
  expect(await plainGit(directory, 'status', '--porcelain')).toBe('');

  const program = await withProgram('env');
  const secret = { ...program.environment, DATABASE_URL: 'postgres://x', GIT_DIR: '/elsewhere' };
  const { stdout } = await git([], { ...program, environment: secret });
  expect(stdout).not.toMatch(/DATABASE_URL|GIT_DIR/);
  expect(stdout).toContain('GIT_TERMINAL_PROMPT=0');
});

test('credentials come from variables: those of helpers by name, tokens for their own hosts alone', async () => {
  const fill = async (variables: Record<string, string>, url: string) => {
    const options = { cwd: '/', environment: { ...environment, ...variables } };
    const args = ['credential', 'fill'];
    const found = await git(args, { ...options, input: `url=${url}\n`, exitCodes: [0, 128] });
    return /^password=(.*)$/m.exec(found.stdout)?.[1];
  };
  const tokens = {
    ...{ GITHUB_TOKEN: 'hub', GITLAB_TOKEN: 'lab' },
    ...{ AURORA_FORGE: 'github', AURORA_FORGE_API: 'https://git.example/api/v3' },
  };
  expect(await fill(tokens, 'https://github.com/a/b.git')).toBe('hub');
  expect(await fill(tokens, 'https://git.example/a/b.git')).toBe('hub');
  expect(await fill(tokens, 'https://gitlab.com/a/b.git')).toBe('lab');
  expect(await fill(tokens, 'https://elsewhere.example/a/b.git')).toBeUndefined();

  const own = {
    ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.https://github.com.helper' },
    GIT_CONFIG_VALUE_0: '!echo username=me; echo password=$MINE; :',
    ...{ MINE: 'mine', AURORA_GIT_ENV: 'OTHER,MINE' },
  };
  expect(await fill({ ...tokens, ...own }, 'https://github.com/a/b.git')).toBe('mine');
  expect(await fill({ ...tokens, ...own }, 'https://gitlab.com/a/b.git')).toBe('lab');
  expect(await fill({ GITHUB_TOKEN: '', GH_TOKEN: 'gh' }, 'https://github.com/a/b.git')).toBe('gh');
});

test("a token does not get into a person's store, which works on for what is theirs", async () => {
  const home = await tempDir();
  const store = join(home, 'store');
  const credential = async (action: string, url: string) => {
    const variables = {
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.helper' },
      ...{ GIT_CONFIG_VALUE_0: `store --file=${store}`, GITHUB_TOKEN: 'hub' },
    };
    const options = { cwd: home, environment: { ...environment, ...variables } };
    const input = `url=${url}\n\n`;
    const { stdout } = await git(['credential', action], { ...options, input });
    return stdout;
  };
  const url = 'https://github.com/a/b.git';
  expect(await credential('fill', url)).toContain('password=hub');
  await credential('approve', 'https://x-access-token:hub@github.com');
  await expect(access(store)).rejects.toThrow('ENOENT');
  await credential('approve', 'https://me:mine@github.com');
  expect(await credential('fill', url)).toContain('password=mine');
  await credential('reject', 'https://me:mine@github.com');
  expect(await credential('fill', url)).toContain('password=hub');
});

test('no git, and no such folder', async () => {
  const cwd = await tempDir();
  const noGit = git(['status'], { cwd, environment: { PATH: cwd } });
  await expect(noGit).rejects.toThrow(/no git on the PATH/);
  const noFolder = git(['status'], { cwd: join(cwd, 'gone'), environment });
  await expect(noFolder).rejects.toThrow(/gone does not exist/);
});

test('a command without end is stopped with its children', async () => {
  // A length of its own: others sleep as well.
  const child = `sleep ${600 + Math.random()}`;
  const program = await withProgram(`${child} & wait`);
  const endless = git(['fetch'], { ...program, timeout: 500 });
  await expect(endless).rejects.toThrow(/git fetch failed: no end after 0.5 s/);

  const controller = new AbortController();
  const cancelled = git(['fetch'], { ...program, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 100);
  await expect(cancelled).rejects.toThrow('enough');
  const isOver = async () => !(await run('ps', ['-eo', 'args'])).stdout.includes(`\n${child}\n`);
  await waitFor(isOver, { what: 'end of the children' });
});

test('endless output is refused, large output and input pass', async () => {
  const program = await withProgram(
    'yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  );
  await expect(git(['log'], program)).rejects.toThrow(/more than 67108864 bytes/);
  const enough = await git(['log'], { ...program, enough: 10 });
  expect(enough.exitCode).toBe(0);
  expect(enough.stdout.length).toBeGreaterThan(10);

  const { directory } = await makeRepository();
  const input = 'a line\n'.repeat(200_000);
  const options = { cwd: directory, environment };
  const blob = await git(['hash-object', '-w', '--stdin'], { ...options, input });
  const { stdout } = await git(['cat-file', 'blob', blob.stdout.trim()], options);
  expect(stdout).toBe(input);
});

test('a full disk has its own error', async () => {
  const program = await withProgram(
    'echo "fatal: write error: No space left on device" >&2; exit 128',
  );
  await expect(git(['add'], program)).rejects.toThrow(
    expect.objectContaining({ code: 'disk-full', message: expect.stringContaining('Free space') }),
  );
});

test('a host that is away is told from one that refuses', async () => {
  const fetched = async (words: string) => {
    const program = await withProgram(`echo '${words}' >&2; exit 128`);
    return git(['fetch'], program).catch((error: { code: string }) => error.code);
  };
  expect(await fetched('ssh: connect to host h port 22: Connection refused')).toBe(
    'repository-unavailable',
  );
  expect(await fetched('The requested URL returned error: 503')).toBe('repository-unavailable');
  expect(await fetched('RPC failed; HTTP 413; the remote end hung up unexpectedly')).toBe(
    'git-failed',
  );
});

test('credentials are masked in what is said', async () => {
  const said = "fatal: unable to access 'https://ada:s3cret@example.org/': refused";
  const program = await withProgram(`echo "${said}" >&2; exit 128`);
  const error = await git(['fetch'], program).catch((thrown: Error) => thrown);
  expect((error as Error).message).toContain('https://***@example.org/');
  expect(maskCredentials('ssh://git:pw@h/a ssh://git@h/a')).toBe('ssh://git:***@h/a ssh://git@h/a');
});

test('a repository that configures a monitor cannot make us run it', async () => {
  const { directory } = await makeRepository();
  await plainGit(directory, 'config', 'core.fsmonitor', `touch ${directory}/run`);
  await git(['status', '--porcelain'], { cwd: directory, environment });
  await commitFiles(directory, {});
  const status = await git(['status', '--porcelain'], { cwd: directory, environment });
  expect(status.stdout).not.toContain('run');
});

test.each(['@', 'HEAD', '@{-1}', '-x', 'a..b', ''])('"%s" is no name of a branch', async (name) => {
  await assertBranchName('feature/@', environment);
  await expect(assertBranchName(name, environment)).rejects.toThrow(
    expect.objectContaining({ code: 'request-invalid' }),
  );
});
