import type { DrawnPlan } from './drawn-plan.ts';
import { edgePath } from './edge-path.ts';
import { layoutGraph, nodeHeight, nodeWidth } from './graph-layout.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => entities[c] ?? c);
const clipped = (text: string, length: number): string =>
  escaped(text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** A plan as an SVG file of its own, dependencies on the left. */
export function svg(plan: DrawnPlan): string {
  const { graph, reasons } = plan;
  const layout = layoutGraph(graph);
  const [width, height] = [Math.round(layout.width), Math.round(layout.height)];
  const edges = layout.edges.map(({ from, to, points }) => {
    const reason = reasons[to]?.[from];
    const title = reason === undefined ? '' : `<title>${escaped(reason)}</title>`;
    return `<path d="${edgePath(points)}" fill="none" stroke="#8a94a6" marker-end="url(#arrow)">${title}</path>`;
  });
  const nodes = graph.order.map(({ id, title, agent }) => {
    const { x, y } = layout.nodes.get(id) ?? { x: 0, y: 0 };
    return [
      `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"><title>${escaped(`${id}: ${title}`)}</title>`,
      `<rect width="${nodeWidth}" height="${nodeHeight}" rx="8" fill="#fff" stroke="#8a94a6"/>`,
      `<text x="12" y="20">${clipped(title, 26)}</text>`,
      `<text x="12" y="36" font-size="11" fill="#5b6577">${clipped(agent, 28)}</text></g>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a94a6"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#f7f8fa"/>`,
    ...edges,
    ...nodes,
    '</svg>',
  ].join('\n');
}
