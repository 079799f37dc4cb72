import type { DrawnPlan } from './drawn-plan.ts';

/** Mermaid reads some words and dashes as syntax; a prefix and underscores keep ids plain. */
const nodeId = (id: string): string => `t_${id.replaceAll('-', '__')}`;

/** Text in quotes; Mermaid knows entities by number. */
const quoted = (text: string): string =>
  `"${text.replace(/[\s]+/g, ' ').replace(/[^\p{L}\p{N} .,:;!?()/_'+%-]/gu, (c) => `#${c.codePointAt(0)};`)}"`;

/** A plan as a Mermaid flowchart. */
export function mermaid({ graph }: DrawnPlan): string {
  const nodes = graph.order.map(({ id, title }) => `  ${nodeId(id)}[${quoted(title)}]`);
  const edges = graph.order.flatMap(({ id, dependsOn }) =>
    dependsOn.map((other) => `  ${nodeId(other)} --> ${nodeId(id)}`),
  );
  return ['flowchart LR', ...nodes, ...edges].join('\n');
}
