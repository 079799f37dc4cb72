import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import { layoutGraph, nodeHeight, nodeWidth, type Point } from '../../src/drawing/graph-layout.ts';

/** Random DAGs: a task depends on earlier ones only. */
const plans = fc
  .array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((rows) =>
    rows.map((picks, index) => ({
      id: `t${index}`,
      dependsOn: index === 0 ? [] : [...new Set(picks.map((pick) => `t${pick % index}`))],
    })),
  );

function laidOut(tasks: { id: string; dependsOn: string[] }[]) {
  const result = buildTaskGraph(tasks);
  if (!result.ok) throw new Error('not a DAG');
  return { graph: result.graph, layout: layoutGraph(result.graph) };
}

describe('the layout of a graph', () => {
  it('keeps nodes apart and inside, and every edge from left to right', () => {
    fc.assert(
      fc.property(plans, (tasks) => {
        const { layout } = laidOut(tasks);
        const nodes = [...layout.nodes.values()];
        expect(nodes).toHaveLength(tasks.length);
        for (const [index, a] of nodes.entries()) {
          expect(a.x >= 0 && a.x + nodeWidth <= layout.width).toBe(true);
          expect(a.y >= 0 && a.y + nodeHeight <= layout.height).toBe(true);
          for (const b of nodes.slice(index + 1)) {
            expect(a.x !== b.x || Math.abs(a.y - b.y) >= nodeHeight).toBe(true);
          }
        }
        for (const { from, to, points } of layout.edges) {
          const start = layout.nodes.get(from) as Point;
          const end = layout.nodes.get(to) as Point;
          expect(points[0]).toEqual({ x: start.x + nodeWidth, y: start.y + nodeHeight / 2 });
          expect(points.at(-1)).toEqual({ x: end.x, y: end.y + nodeHeight / 2 });
          for (let i = 1; i < points.length; i++) {
            expect((points[i] as Point).x).toBeGreaterThan((points[i - 1] as Point).x);
          }
        }
      }),
    );
  });

  it('leads long edges past the nodes of the layers between', () => {
    fc.assert(
      fc.property(plans, (tasks) => {
        const { layout } = laidOut(tasks);
        for (const { points } of layout.edges) {
          // Inner points come in pairs: through a layer from its left side to its right.
          for (const passage of points.slice(1, -1)) {
            for (const { x, y } of layout.nodes.values()) {
              const beside = passage.x < x || passage.x > x + nodeWidth;
              expect(beside || passage.y < y || passage.y > y + nodeHeight).toBe(true);
            }
          }
        }
      }),
    );
  });

  it('draws a chain as a straight line', () => {
    const { layout } = laidOut([
      { id: 'a', dependsOn: [] },
      { id: 'b', dependsOn: ['a'] },
      { id: 'c', dependsOn: ['b', 'a'] },
    ]);
    expect(layout.edges).toHaveLength(2);
    expect(new Set([...layout.nodes.values()].map(({ y }) => y)).size).toBe(1);
  });
});
