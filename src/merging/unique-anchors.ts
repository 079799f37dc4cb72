interface Anchor {
  readonly base: number;
  readonly side: number;
}

/**
 * Pairs items that occur once in each text, as many as keep their order: the anchors of Bram Cohen's
 * patience diff.
 */
export function uniqueAnchors(base: readonly string[], side: readonly string[]): readonly Anchor[] {
  const inSide = uniquePlaces(side);
  const pairs: Anchor[] = [];
  for (const [text, place] of uniquePlaces(base)) {
    const other = inSide.get(text);
    if (other !== undefined) pairs.push({ base: place, side: other });
  }
  pairs.sort((a, b) => a.base - b.base);
  return longestIncreasing(pairs);
}

function uniquePlaces(texts: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (places.has(text)) repeated.add(text);
    else places.set(text, index);
  }
  for (const text of repeated) places.delete(text);
  return places;
}

/** By patience sorting: `piles[n]` ends the best sequence of length n + 1 so far. */
function longestIncreasing(pairs: readonly Anchor[]): readonly Anchor[] {
  interface Card extends Anchor {
    readonly below: Card | undefined;
  }
  const piles: Card[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, piles.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle] as Card).side < pair.side) low = middle + 1;
      else high = middle;
    }
    piles[low] = { ...pair, below: piles[low - 1] };
  }
  const sequence: Anchor[] = [];
  for (let card = piles.at(-1); card !== undefined; card = card.below) sequence.push(card);
  return sequence.reverse();
}
