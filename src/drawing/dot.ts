import type { DrawnPlan } from './drawn-plan.ts';

const quoted = (text: string): string =>
  `"${text.replace(/\s+/g, ' ').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A plan in the DOT language of Graphviz; the reason of an edge is its tooltip. */
export function dot({ graph, reasons }: DrawnPlan): string {
  const nodes = graph.order.map(
    ({ id, title, agent }) => `  ${quoted(id)} [label=${quoted(title)}, tooltip=${quoted(agent)}];`,
  );
  const edges = graph.order.flatMap(({ id, dependsOn }) =>
    dependsOn.map((other) => {
      const reason = reasons[id]?.[other];
      const attributes = reason === undefined ? '' : ` [tooltip=${quoted(reason)}]`;
      return `  ${quoted(other)} -> ${quoted(id)}${attributes};`;
    }),
  );
  return ['digraph plan {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...edges, '}'].join(
    '\n',
  );
}
