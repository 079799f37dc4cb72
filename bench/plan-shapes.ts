import type { PlanInput } from '../src/domain/plan.ts';

/** Which tasks (by their index) a task depends on. */
type Shape = (index: number, count: number) => readonly number[];

/** Tasks per layer, and chains side by side. */
const width = 20;

/** Each depends on up to two tasks of the layer before, so about 2 edges a task. */
const layers: Shape = (index) => {
  const above = index - width;
  return above < 0 ? [] : [above, above - (above % width) + ((above * 7 + 3) % width)];
};

/** As many as a task may depend on. */
const widest = 1_000;

/** One task, then nearly all others at once, then one for each thousand of these, then the last. */
const fan: Shape = (index, count) => {
  const joins = Math.ceil(count / widest);
  const wide = Math.max(1, count - joins - 2);
  const span = (first: number, end: number) =>
    Array.from({ length: Math.max(0, end - first) }, (_, other) => first + other);
  if (index === 0) return [];
  if (index <= wide) return [0];
  if (index === count - 1) return span(wide + 1, index);
  const first = 1 + (index - wide - 1) * widest;
  return span(first, Math.min(first + widest, wide + 1));
};

/** A few chains as long as the count allows. */
const chains: Shape = (index) => (index < width ? [] : [index - width]);

/** A third of each, one after the other on the list, side by side in time. */
const mixed: Shape = (index, count) => {
  const third = Math.ceil(count / 3);
  const part = Math.min(2, Math.floor(index / third));
  const start = part * third;
  const size = Math.min(third, count - start);
  const shape = [layers, fan, chains][part] as Shape;
  return shape(index - start, size).map((other) => other + start);
};

const shapes = { layers, fan, chains, mixed };
export type ShapeName = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as ShapeName[];

/** A plan of `count` tasks, always the same for the same count and shape. */
export function shapedPlan(count: number, shape: ShapeName): PlanInput & { tasks: object[] } {
  return {
    version: 1,
    title: `${count} tasks that do nothing (${shape})`,
    tasks: Array.from({ length: count }, (_, index) => ({
      id: `task-${index}`,
      title: `Task ${index}`,
      role: 'backend' as const,
      dependsOn: [...new Set(shapes[shape](index, count))].map((other) => `task-${other}`),
    })),
  };
}
