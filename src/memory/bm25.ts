/** Term saturation and length normalisation; the values of Robertson and Zaragoza 2009. */
const k1 = 1.2;
const b = 0.75;

/**
 * BM25 (Robertson, Zaragoza 2009, "The probabilistic relevance framework") of each document for a
 * query, with the non-negative inverse document frequency ln(1 + (N - n + 0.5) / (n + 0.5)).
 * Documents that share no term with the query are left out.
 */
export function bm25(
  query: readonly string[],
  documents: readonly { readonly id: string; readonly terms: readonly string[] }[],
): Map<string, number> {
  const asked = new Set(query);
  const holding = new Map<string, number>();
  const counted = documents.map(({ id, terms }) => {
    const counts = new Map<string, number>();
    for (const term of terms) if (asked.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const term of counts.keys()) holding.set(term, (holding.get(term) ?? 0) + 1);
    return { id, counts, length: terms.length };
  });
  const total = counted.reduce((sum, { length }) => sum + length, 0);
  const average = total / Math.max(1, counted.length);
  const scores = new Map<string, number>();
  for (const { id, counts, length } of counted) {
    let score = 0;
    for (const [term, count] of counts) {
      const n = holding.get(term) as number;
      const idf = Math.log(1 + (counted.length - n + 0.5) / (n + 0.5));
      score += (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / average));
    }
    if (score > 0) scores.set(id, score);
  }
  return scores;
}
