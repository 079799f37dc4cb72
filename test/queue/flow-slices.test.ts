import type { FlowJob } from 'bullmq';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parentsFirst, sliceFlow, type FlowSlice } from '../../src/queue/flow-slices.ts';

const job = (jobId: string, children: FlowJob[] = []): FlowJob => ({
  name: 'task',
  queueName: 'one',
  opts: { jobId },
  children,
});

/** A tree in which job n hangs under the job that is named n-th. */
function treeOf(parents: readonly number[]): FlowJob {
  const jobs = [job('0')];
  parents.forEach((parent, index) => {
    const child = job(String(index + 1));
    jobs.push(child);
    jobs[parent % (index + 1)]?.children?.push(child);
  });
  return jobs[0] as FlowJob;
}

const idOf = (each: FlowJob) => each.opts?.jobId as string;
const isReal = (each: FlowJob) => each.name === 'task';

/** The nearest task above each task. */
function parentsOf(slices: readonly FlowSlice[]): Map<string, string | undefined> {
  const above = new Map<FlowJob, FlowJob>();
  for (const { job: root, under } of slices) {
    if (under) above.set(root, under.parent);
    for (const node of parentsFirst(root)) {
      for (const child of node.children ?? []) above.set(child, node);
    }
  }
  const tasks = slices.flatMap((slice) => parentsFirst(slice.job)).filter(isReal);
  return new Map(
    tasks.map((task) => {
      let parent = above.get(task);
      while (parent && !isReal(parent)) parent = above.get(parent);
      return [idOf(task), parent && idOf(parent)];
    }),
  );
}

const slice = (tree: FlowJob, limit: number) =>
  sliceFlow(tree, limit, {
    gate: (of) => ({ ...job(`${idOf(of)}~slice`), name: 'gate' }),
    bucket: (parent, position, children) => ({
      ...job(`${idOf(parent)}.part-${position}`, children),
      name: 'bucket',
    }),
  });

test('any tree: every job once, under the same parent, behind a gate until it is there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 300 }), { maxLength: 300 }),
      fc.integer({ min: 20, max: 60 }),
      (parents, limit) => {
        const before = parentsOf([{ job: treeOf(parents) }]);
        const slices = slice(treeOf(parents), limit);
        expect(parentsOf(slices)).toEqual(before);

        const there = new Set<string>();
        for (const { job: root, under } of slices) {
          const jobs = parentsFirst(root);
          if (under) {
            expect(there).toContain(idOf(under.parent));
            expect(there).toContain(under.gateId);
            expect(under.parent.children?.map(idOf)).toContain(under.gateId);
          }
          for (const each of jobs) {
            expect(there).not.toContain(idOf(each));
            there.add(idOf(each));
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('slices are neither too large nor too many, whatever the shape', () => {
  const count = 20_000;
  const shapes = {
    chain: Array.from({ length: count }, (_, index) => index),
    star: Array.from({ length: count }, () => 0),
    comb: Array.from({ length: count }, (_, index) => index - (index % 2)),
  };
  for (const [name, parents] of Object.entries(shapes)) {
    const slices = slice(treeOf(parents), 500);
    const sizes = slices.map((each) => parentsFirst(each.job).length);
    expect(Math.max(...sizes), name).toBeLessThanOrEqual(501);
    expect(slices.length, name).toBeLessThanOrEqual((3 * count) / 500);
  }
});
