import type { FlowJob } from 'bullmq';

/** A part of a flow that is added in one step. */
export interface FlowSlice {
  readonly job: FlowJob;
  /** Where it belongs; none for the part with the root. */
  readonly under?: { readonly parent: FlowJob; readonly gateId: string };
}

export interface SliceShapes {
  /** A placeholder child that holds its parent back; `of` is the part that comes later. */
  readonly gate: (of: FlowJob) => FlowJob;
  /** A job without work of its own that holds several children of one parent. */
  readonly bucket: (parent: FlowJob, position: number, children: FlowJob[]) => FlowJob;
}

/**
 * Cuts a flow into slices of at most about `limit` jobs, parents first. A slice stands in its parent's
 * slice as a gate, so whatever has been added cannot run ahead of what has not. Works on trees of any
 * depth, and leaves no tree deeper than `limit`.
 */
export function sliceFlow(flow: FlowJob, limit: number, shapes: SliceShapes): FlowSlice[] {
  const slices: FlowSlice[] = [];
  const weights = new Map<FlowJob, number>();
  // Children before parents, so that what hangs under a node is small enough when its turn comes.
  for (const node of parentsFirst(flow).reverse()) {
    const children = node.children ?? [];
    const weightOf = (child: FlowJob) => weights.get(child) ?? 1;
    let weight = children.reduce((sum, child) => sum + weightOf(child), 1);
    if (weight > limit) {
      node.children = inGroups(children, weightOf, limit).map(({ group, position }) => {
        const [only] = group;
        if (group.length === 1 && only !== undefined && weightOf(only) === 1) return only;
        const job =
          group.length === 1 && only !== undefined ? only : shapes.bucket(node, position, group);
        const gate = shapes.gate(job);
        slices.push({ job, under: { parent: node, gateId: gate.opts?.jobId as string } });
        return gate;
      });
      weight = 1 + node.children.length;
    }
    weights.set(node, weight);
  }
  return [...slices, { job: flow }].reverse();
}

/** All jobs of a tree, each after its parent. */
export function parentsFirst(flow: FlowJob): FlowJob[] {
  const order = [flow];
  for (let next = 0; next < order.length; next++) order.push(...(order[next]?.children ?? []));
  return order;
}

/** Neighbours together, as many as fit. */
function inGroups(
  children: readonly FlowJob[],
  weightOf: (child: FlowJob) => number,
  limit: number,
): { group: FlowJob[]; position: number }[] {
  const groups: { group: FlowJob[]; position: number }[] = [];
  let room = 0;
  children.forEach((child, position) => {
    const weight = weightOf(child);
    if (weight > room) {
      groups.push({ group: [], position });
      room = limit - 1;
    }
    groups.at(-1)?.group.push(child);
    room -= weight;
  });
  return groups;
}
