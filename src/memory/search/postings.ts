/** Where a stem stands: documents in ascending order, and how often in each. */
export interface Postings {
  documents: number[];
  counts: number[];
}

/** Notes that a document holds a stem once more; documents come in ascending order. */
export function count(index: Map<string, Postings>, stem: string, at: number): void {
  let postings = index.get(stem);
  if (postings === undefined) index.set(stem, (postings = { documents: [], counts: [] }));
  const { documents, counts } = postings;
  const last = documents.length - 1;
  if (documents[last] === at) counts[last] = (counts[last] as number) + 1;
  else {
    documents.push(at);
    counts.push(1);
  }
}

/** Takes documents out, and stems that none holds any more. */
export function withdraw(index: Map<string, Postings>, gone: ReadonlySet<number>): void {
  for (const [stem, postings] of index) {
    const { documents, counts } = postings;
    if (!documents.some((at) => gone.has(at))) continue;
    postings.counts = counts.filter((_, i) => !gone.has(documents[i] as number));
    postings.documents = documents.filter((at) => !gone.has(at));
    if (postings.documents.length === 0) index.delete(stem);
  }
}

/** Whether a document is among postings, which ascend. */
export function holds({ documents }: Postings, at: number): boolean {
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((documents[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return documents[low] === at;
}
