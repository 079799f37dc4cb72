import type { GraphNode, TaskGraph } from '../domain/task-graph.ts';
import { reduceDependencies } from '../domain/task-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** Top left corners. */
  readonly nodes: ReadonlyMap<string, Point>;
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    /** From the right side of one node, through the gaps of the layers between, to the left of the other. */
    readonly points: readonly Point[];
  }[];
}

export const nodeWidth = 196;
export const nodeHeight = 46;
const columnGap = 48;
const rowGap = 14;
/** Height of the gap that an edge passes through on its way over a layer. */
const passageHeight = 10;
const margin = 12;

/** A node, or the passage of a long edge through a layer. */
interface Place {
  readonly height: number;
  readonly before: Place[];
  readonly after: Place[];
  y: number;
}

/**
 * Layers from left to right by level, as Sugiyama, Tagawa and Toda do it (1981): long edges get a
 * place in each layer they pass, layers are ordered by the mean of their neighbours to have few
 * crossings, then every place is drawn towards its neighbours as far as the others let it. Edges that
 * longer paths imply are left out.
 */
export function layoutGraph(graph: TaskGraph<GraphNode>): GraphLayout {
  const layers: Place[][] = Array.from({ length: graph.depth }, () => []);
  const column = (level: number) => margin + (level - 1) * (nodeWidth + columnGap);
  const add = (level: number, height: number): Place => {
    const place: Place = { height, before: [], after: [], y: 0 };
    layers[level - 1]?.push(place);
    return place;
  };
  const levelOf = (id: string) => graph.level.get(id) ?? 1;
  const places = new Map(graph.order.map(({ id }) => [id, add(levelOf(id), nodeHeight)]));

  const routes: { from: string; to: string; path: Place[] }[] = [];
  for (const [to, dependencies] of reduceDependencies(graph)) {
    for (const from of dependencies) {
      const path = [places.get(from) as Place];
      for (let level = levelOf(from) + 1; level < levelOf(to); level++) {
        path.push(add(level, passageHeight));
      }
      path.push(places.get(to) as Place);
      for (let step = 1; step < path.length; step++) {
        path[step - 1]?.after.push(path[step] as Place);
        path[step]?.before.push(path[step - 1] as Place);
      }
      routes.push({ from, to, path });
    }
  }

  arrange(layers);
  const all = layers.flat();
  const top = Math.min(...all.map((place) => place.y));
  for (const place of all) place.y += margin - top;

  return {
    width: column(graph.depth) + nodeWidth + margin,
    height: Math.max(...all.map((place) => place.y + place.height)) + margin,
    nodes: new Map([...places].map(([id, place]) => [id, { x: column(levelOf(id)), y: place.y }])),
    edges: routes.map(({ from, to, path }) => ({
      from,
      to,
      points: path.flatMap((place, step) => {
        const left = { x: column(levelOf(from) + step), y: place.y + place.height / 2 };
        const right = { x: left.x + nodeWidth, y: left.y };
        if (step === 0) return [right];
        return step === path.length - 1 ? [left] : [left, right];
      }),
    })),
  };
}

const middle = (place: Place): number => place.y + place.height / 2;

function mean(places: readonly Place[]): number | undefined {
  if (places.length === 0) return undefined;
  return places.reduce((sum, place) => sum + middle(place), 0) / places.length;
}

function arrange(layers: Place[][]): void {
  for (const layer of layers) stack(layer);
  const sweeps = 8;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forward = sweep % 2 === 0;
    for (const layer of forward ? layers : [...layers].reverse()) {
      const wish = new Map(
        layer.map((place) => [place, mean(forward ? place.before : place.after) ?? middle(place)]),
      );
      layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      settle(layer, (place) => wish.get(place) ?? 0);
    }
  }
  // Last, both sides count.
  for (const layer of layers) {
    settle(layer, (place) => mean([...place.before, ...place.after]) ?? middle(place));
  }
}

function stack(layer: readonly Place[]): void {
  let y = 0;
  for (const place of layer) {
    place.y = y;
    y += place.height + rowGap;
  }
  for (const place of layer) place.y -= y / 2;
}

/** Puts each place as near to its wish as the order of the layer and the gaps allow. */
function settle(layer: readonly Place[], wish: (place: Place) => number): void {
  // Neighbours that want to overlap form a block, which goes to the mean of its wishes.
  const blocks: { places: Place[]; start: number; height: number; wishes: number }[] = [];
  for (const place of layer) {
    let block = {
      places: [place],
      start: wish(place) - place.height / 2,
      height: place.height + rowGap,
      wishes: wish(place) - place.height / 2,
    };
    for (
      let last = blocks.at(-1);
      last !== undefined && last.start + last.height > block.start;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      const places = [...last.places, ...block.places];
      // What the start of the block would have to be for each of its places to have its wish.
      const wishes = last.wishes + block.wishes - last.height * block.places.length;
      block = {
        places,
        wishes,
        start: wishes / places.length,
        height: last.height + block.height,
      };
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    let y = block.start;
    for (const place of block.places) {
      place.y = y;
      y += place.height + rowGap;
    }
  }
}
