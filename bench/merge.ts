import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { git } from '../src/git/git.ts';
import { ensureIntegrationBranch } from '../src/git/integration-branch.ts';
import { mergeWork } from '../src/git/merge-work.ts';
import { openMirror } from '../src/git/mirror.ts';
import { workRef } from '../src/git/refs.ts';

/**
 * What a clean merge costs, from committed work to the published branch, in a repository of many files;
 * beside it what plain `git merge` costs in a checkout of the same repository. Quote the ratio.
 */
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    merges: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const [files, merges] = [Number(values.files), Number(values.merges)];
const environment = process.env;
const root = await mkdtemp(path.join(tmpdir(), 'aurora-bench-'));
try {
  const origin = path.join(root, 'origin');
  const plain = (...args: string[]) =>
    git(['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...args], {
      cwd: origin,
      environment,
    }).then(({ stdout }) => stdout.trim());
  await mkdir(origin);
  await plain('init', '--quiet', '-b', 'main');
  for (let folder = 0; folder < Math.ceil(files / 100); folder++) {
    const directory = path.join(origin, `folder-${folder % 10}`, `part-${folder}`);
    await mkdir(directory, { recursive: true });
    for (let file = 0; file < 100; file++) {
      await writeFile(path.join(directory, `${file}.txt`), `${folder} ${file}\nline\n`);
    }
  }
  await plain('add', '--all');
  await plain('commit', '--quiet', '-m', 'Base');
  const head = await plain('rev-parse', 'HEAD');
  const mirror = await openMirror({
    url: origin,
    directory: path.join(root, 'mirror'),
    environment,
  });
  const runId = 'bench';
  const startAt = async () => head;
  const { branch } = await ensureIntegrationBranch(mirror, { runId, startAt });
  const works: { work: string; ticket: string }[] = [];
  for (let n = 0; n < merges; n++) {
    await plain('checkout', '--quiet', '--detach', head);
    await writeFile(path.join(origin, `folder-0/part-0/${n % 100}.txt`), `changed by ${n}\n`);
    await plain('commit', '--quiet', '--all', '-m', `Work ${n}`);
    const work = await plain('rev-parse', 'HEAD');
    const ticket = workRef({ runId, taskId: `t${n}`, epoch: 1 });
    await plain('update-ref', ticket, work);
    works.push({ work, ticket });
  }
  await git(['fetch', '--quiet', origin, '+refs/aurora/*:refs/aurora/*'], {
    cwd: mirror.directory,
    environment,
  });
  await plain('checkout', '--quiet', '-b', 'by-hand', 'main');
  const [ours, byHand]: [number[], number[]] = [[], []];
  for (const { work, ticket } of works) {
    let since = performance.now();
    const message = 'Merge\n';
    const beforePublish = async () => undefined;
    await mergeWork(mirror, { branch, work, message, ticket, beforePublish });
    ours.push(performance.now() - since);
    since = performance.now();
    await plain('merge', '--quiet', '--no-ff', '-m', 'Merge', work);
    byHand.push(performance.now() - since);
  }
  const result = {
    ...{ files, merges, medianMs: median(ours), plainGitMs: median(byHand) },
    ...{
      fastestMs: Math.round(Math.min(...ours)),
      fastestPlainMs: Math.round(Math.min(...byHand)),
    },
    ratio: Number((median(ours) / median(byHand)).toFixed(2)),
  };
  if (values.json) console.log(JSON.stringify(result));
  else console.table(result);
} finally {
  // git's own upkeep of origin may still be at work.
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] as number);
}
