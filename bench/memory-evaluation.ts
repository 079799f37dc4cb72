import { MemoryType } from '../src/domain/memory.ts';
import type { MemoryCoordinator } from '../src/memory/memory-coordinator.ts';
import type { EvaluationItem, EvaluationSet } from './memory-evaluation-set.ts';

const ranks = [1, 5, 10, 25, 50] as const;

/** What `eval:memory` answers (docs/memory.md). */
export interface MemoryEvaluation {
  readonly items: number;
  readonly queries: number;
  /** Share of a query's relevant ids within the first k, averaged over the queries. */
  readonly recall: Readonly<Record<string, number>>;
  /** 1 / rank of the first relevant id, averaged. */
  readonly mrr: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const batch = 500;
const wholeFile = 'default';

/**
 * Stores a set's items in their order and asks its questions, each in its project. The first
 * question of a project, which reads the project's memory into this process, is asked once before
 * and not measured.
 */
export async function evaluateMemory(
  memory: MemoryCoordinator,
  { items, queries }: EvaluationSet,
): Promise<MemoryEvaluation> {
  // The same words may be several items, and are one memory.
  const itemsOf = new Map<string, string[]>();
  for (let i = 0; i < items.length; i += batch) {
    const some = items.slice(i, i + batch).filter(({ text }) => text.trim() !== '');
    const stored = await memory.storeAll(some.map(toDraft));
    stored.forEach(({ id }, j) => {
      const { id: item } = some[j] as EvaluationItem;
      itemsOf.set(id, [...(itemsOf.get(id) ?? []), item]);
    });
  }
  const warm = new Set<string>();
  const latencies: number[] = [];
  const found = new Map(ranks.map((k) => [k, 0]));
  let reciprocal = 0;
  let counted = 0;
  for (const { text, relevant, project = wholeFile } of queries) {
    const wanted = new Set(relevant);
    if (wanted.size === 0) continue;
    const query = { query: text, projectId: project, limit: Math.max(...ranks) };
    while (!warm.has(project)) {
      if ((await memory.search(query)).completeness === 1) warm.add(project);
    }
    const start = performance.now();
    const answer = await memory.search(query);
    latencies.push(performance.now() - start);
    counted++;
    const order = answer.items.map(({ id }) => itemsOf.get(id) ?? []);
    for (const k of ranks) {
      const within = new Set(order.slice(0, k).flat());
      const hits = [...wanted].filter((id) => within.has(id)).length;
      found.set(k, (found.get(k) as number) + hits / wanted.size);
    }
    const first = order.findIndex((ids) => ids.some((id) => wanted.has(id)));
    if (first >= 0) reciprocal += 1 / (first + 1);
  }
  const mean = (sum: number) => round(counted === 0 ? 0 : sum / counted, 4);
  return {
    items: items.length,
    queries: queries.length,
    recall: Object.fromEntries(ranks.map((k) => [k, mean(found.get(k) as number)])),
    mrr: mean(reciprocal),
    latencyMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
  };
}

function toDraft({ text, at, session, tags, project = wholeFile }: EvaluationItem) {
  const time = at === undefined ? undefined : instantOf(at);
  return {
    content: text,
    memoryType: MemoryType.PATTERN,
    projectId: project,
    tier: 'working' as const,
    tags: (tags ?? []).filter((tag) => tag.trim() !== '').slice(0, 50),
    ...(session === undefined ? {} : { session }),
    ...(time === undefined ? {} : { at: time }),
  };
}

/** ISO 8601 of what a file says; undefined for what is no time. */
function instantOf(text: string): string | undefined {
  const dateFirst = text.replace(/^(.*?\d\s*[ap]m) on (.*)$/i, '$2 $1');
  const number = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(dateFirst);
  return Number.isNaN(number) ? undefined : new Date(number).toISOString();
}

/** Nearest rank. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0, 2);
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
