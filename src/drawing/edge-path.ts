import type { Point } from './graph-layout.ts';

/** The path of an edge in SVG: level where it leaves, passes and arrives; bent between the columns only. */
export function edgePath(points: readonly Point[]): string {
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  let path = '';
  points.forEach((point, index) => {
    const last = points[index - 1];
    if (last === undefined) path = `M${at(point)}`;
    else if (index % 2 === 0) path += `L${at(point)}`;
    else {
      const half = (last.x + point.x) / 2;
      path += `C${at({ x: half, y: last.y })} ${at({ x: half, y: point.y })} ${at(point)}`;
    }
  });
  return path;
}
