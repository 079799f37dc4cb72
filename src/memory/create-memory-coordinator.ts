import { AuroraError, errorMessage } from '../domain/errors.ts';
import {
  lessonQuerySchema,
  memoryDraftSchema,
  memoryQuerySchema,
  MemoryType,
  reflexionSchema,
  type Memory,
  type MemoryAnswer,
  type MemoryDraftInput,
  type MemoryQuery,
  type MemoryQueryInput,
  type MemoryTierName,
  type Teacher,
} from '../domain/memory.ts';
import type { MemoryAuditEntry } from '../storage/memory-audit-store.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { errorSignature } from '../domain/error-signature.ts';
import { reportLessons } from './lesson-report.ts';
import { exportMemories } from './memory-export.ts';
import { importedPattern } from './lesson-patterns.ts';
import { forgetAll } from './forgetting.ts';
import { gatherLessons } from './lessons.ts';
import type { MemoryCoordinator, MemoryCoordinatorOptions } from './memory-coordinator.ts';
import { admit, checkInput } from './memory-door.ts';
import { memoryIdOf, ownIds, parseMemoryId } from './memory-id.ts';
import type { MemoryEntry, MemoryTier, TierMemory } from './memory-tier.ts';
import { createPatternRaiser } from './raise-patterns.ts';
import { searchTiers } from './retrieval.ts';
import { rootCause } from './root-cause.ts';
import { mostTelling, tellingLines } from './telling-lines.ts';
import { withinBudget } from './time-budget.ts';
import { createUpkeep } from './upkeep.ts';

/** Milliseconds that a reader waits at most: the first search of a process loads its word lists. */
const patience = 5_000;

/** Where reflexions go whose project nobody knows. */
const unknownProject = 'default';

/** The three tiers as one memory. */
export function createMemoryCoordinator(options: MemoryCoordinatorOptions): MemoryCoordinator {
  const { shortTerm, working, longTerm, audit, timeBudget = 800, holdout = 0.1, onQuery } = options;
  const { promptTokens = 4_000, namesOf = () => Promise.resolve([]) } = options;
  const { onUpkeep = () => undefined } = options;
  const { onError = () => undefined, projectOf } = options;
  const tiers: Readonly<Record<MemoryTierName, MemoryTier>> = {
    short: shortTerm,
    working,
    long: longTerm,
  };
  const pending = new Set<Promise<void>>();

  /** Does what the caller need not wait for; a failure is told, and `close` waits for it. */
  function aside(work: () => Promise<unknown>): void {
    const done = work().then(
      () => undefined,
      (error: unknown) => onError(error instanceof AuroraError ? error : rootCause(error)),
    );
    pending.add(done);
    void done.finally(() => pending.delete(done));
  }

  async function at<T>(tier: MemoryTierName, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AuroraError) throw error;
      const cause = rootCause(error);
      throw new AuroraError(
        'memory-tier-failed',
        `The ${tier}-term memory failed: ${errorMessage(cause)}`.replace('working-term', 'working'),
        { cause },
      );
    }
  }

  const notes = (entries: readonly MemoryAuditEntry[]) =>
    audit && aside(() => audit.append(entries));
  const note = (entry: MemoryAuditEntry) => void notes([entry]);

  async function keep(tier: MemoryTierName, work: () => Promise<TierMemory>): Promise<Memory> {
    const memory = await at(tier, work);
    note({ action: 'store', tier, memoryId: memory.id, projectId: memory.projectId });
    return memory;
  }

  async function keepAll(drafts: readonly Draft[]): Promise<Memory[]> {
    const ours = drafts.filter(({ tier }) => tier === 'working').map(({ entry }) => entry);
    const stored = (await at('working', () => working.storeAll(ours))).values();
    const memories: Memory[] = [];
    for (const { tier, entry } of drafts) {
      const memory =
        tier === 'working'
          ? (stored.next().value as TierMemory)
          : await at(tier, () => tiers[tier].store(entry));
      memories.push(memory);
    }
    notes(
      memories.map(({ id, tier, projectId }) => ({
        action: 'store',
        tier,
        memoryId: id,
        projectId,
      })),
    );
    return memories;
  }

  async function ask(
    input: MemoryQueryInput,
    budget: number,
  ): Promise<{ query: MemoryQuery; answer: MemoryAnswer }> {
    const query = checkInput(memoryQuerySchema, input);
    const asked = query.tier === undefined ? Object.values(tiers) : [tiers[query.tier]];
    const start = performance.now();
    const answer = await searchTiers(asked, query, budget);
    onQuery?.(
      asked.map(({ name }) => name),
      answer.items.length,
      performance.now() - start,
    );
    return { query, answer };
  }

  const patterns = createPatternRaiser({
    working,
    keep: (pattern) => keep('working', () => working.store(pattern)),
  });

  async function find(id: string): Promise<TierMemory> {
    const { tier } = parseMemoryId(id);
    const memory = await at(tier, () => tiers[tier].get(id));
    if (memory !== undefined) return memory;
    throw notFound(id, await keeperOf(id));
  }

  /** The memory that another one was merged into. */
  async function keeperOf(id: string): Promise<string | undefined> {
    const [own] = ownIds('working', [id]);
    const keeper = own && (await at('working', () => working.upkeep.keeperOf(own)));
    return keeper && memoryIdOf('working', keeper);
  }

  const upkeep = createUpkeep({
    ...{ tiers, working, at, note, namesOf, onUpkeep, onError },
    onLessons: patterns.raiseEarned,
  });

  const coordinator: MemoryCoordinator = {
    async store(input) {
      const { tier, entry } = await toEntry(input);
      return keep(tier, () => tiers[tier].store(entry));
    },

    async storeAll(inputs) {
      const drafts: Draft[] = [];
      for (const input of inputs) drafts.push(await toEntry(input));
      return keepAll(drafts);
    },

    storePattern: (draft) => coordinator.store({ ...draft, memoryType: MemoryType.PATTERN }),

    async retrieve(input) {
      const { query, answer } = await ask({ maxTokens: promptTokens, ...input }, timeBudget);
      const ids = answer.items.map(({ id }) => id);
      if (ids.length > 0) {
        aside(async () => {
          await Promise.all(
            answer.items
              .map(({ tier }) => tier)
              .filter((tier, i, all) => all.indexOf(tier) === i)
              .map((tier) => tiers[tier].markUsed(ids, query.agent)),
          );
          await upkeep.promoteSome('short', ids);
        });
      }
      return answer;
    },

    search: async (input) => (await ask(input, Math.max(timeBudget, patience))).answer,

    async storeReflexion(input) {
      const { projectId: named, taskId, runId, ...rest } = checkInput(reflexionSchema, input);
      const projectId = named ?? (await projectOf?.(taskId, runId)) ?? unknownProject;
      const reflexion = {
        ...(await admit(rest)),
        taskId,
        ...(runId === undefined ? {} : { runId }),
      };
      const { originalApproach, failureReason, improvedApproach, tags } = reflexion;
      const content = `Instead of: ${originalApproach}\nwhich failed: ${failureReason}\ndo: ${improvedApproach}`;
      const worst = mostTelling(tellingLines(failureReason)) ?? failureReason;
      const entry = {
        projectId,
        type: MemoryType.REFLEXION,
        content,
        contentHash: contentHash(content),
        tags,
        metadata: { taskId, ...(runId === undefined ? {} : { runId }) },
      };
      const signature = errorSignature(worst);
      const stored = await keep('working', () =>
        working.storeReflexion(entry, reflexion, signature),
      );
      aside(() =>
        patterns.raiseRepeated({ projectId, tags, failureReason, improvedApproach, signature }),
      );
      return stored;
    },

    async lessonsFor(input) {
      const { agent, maxTokens = promptTokens, ...query } = checkInput(lessonQuerySchema, input);
      const answer = await withinBudget(
        () => gatherLessons(working, { ...query, maxTokens }, holdout),
        timeBudget,
      );
      if (!answer.ok) {
        onError(new AuroraError('memory-tier-failed', `No lessons: ${answer.reason}.`));
        return { lessons: [], withheld: [], leftOut: 0, tokensLeft: maxTokens };
      }
      const ids = answer.value.lessons.map(({ id }) => id);
      if (ids.length > 0) aside(() => working.markUsed(ids, agent));
      return answer.value;
    },

    async recordOutcome(outcome) {
      if (outcome.memories.size === 0) return;
      const counted = await at('working', () => working.recordTrials(outcome));
      const { succeeded } = outcome;
      const had = counted.filter(({ use }) => use !== 'withheld').map(({ memoryId }) => memoryId);
      await Promise.all(
        [shortTerm, longTerm].map((tier) =>
          at(tier.name, () => tier.recordOutcome(had, succeeded)),
        ),
      );
      if (!succeeded || had.length === 0) return;
      aside(() => patterns.raiseProven(had));
    },

    exportAll: (projectId) => exportMemories(working.all(projectId)),

    async importAll(projectId, lines) {
      const drafts: Draft[] = [];
      for (const line of lines) {
        if (line.type !== 'memory') continue;
        const { type: _, storedAt, ...draft } = line;
        // It was working memory, of whichever kind.
        const { tier, entry } = await toEntry({ ...draft, projectId, tier: 'working' });
        // No clock that was ahead may make it the newest for ever.
        const stored = Math.min(Date.now(), Date.parse(storedAt ?? '') || Infinity);
        drafts.push({ tier, entry: { ...entry, createdAt: new Date(stored) } });
      }
      const isByRule = ({ entry }: Draft) => typeof entry.metadata.signature === 'string';
      await keepAll(drafts.filter((draft) => !isByRule(draft)));
      const lessons = new Map<string, string>();
      for (const line of lines) {
        if (line.type !== 'reflexion') continue;
        const { type: _, id, evidence, ...reflexion } = line;
        const stored = await coordinator.storeReflexion({ ...reflexion, projectId });
        if (evidence !== undefined) {
          await at('working', () => working.adoptEvidence(stored.id, evidence));
        }
        // Others of this id say the same in other words: they are merged into the first.
        if (id !== undefined && !lessons.has(id)) lessons.set(id, stored.id);
      }
      // Last, since a pattern stands on a lesson, and falls with it here as it did there.
      await keepAll(
        drafts.filter(isByRule).map(({ tier, entry }) => {
          const made = importedPattern(projectId, entry.metadata, lessons);
          const metadata = { ...entry.metadata, ...made?.metadata };
          return { tier, entry: { ...entry, ...made?.identity, metadata } };
        }),
      );
    },

    report: (projectId) => at('working', () => reportLessons(working, projectId)),

    async get(id) {
      const memory = await find(id);
      if (memory.tier !== 'working') return { ...memory, contradicts: [], origins: [], taught: [] };
      const { id: own } = parseMemoryId(memory.id);
      const [contradicts, origins, reflexions] = await at('working', () =>
        Promise.all([
          working.upkeep.contradictedBy(own),
          working.upkeep.originsOf(own),
          working.reflexionsIn([memory.id]),
        ]),
      );
      return {
        ...memory,
        contradicts: contradicts.map((each) => memoryIdOf('working', each)),
        origins: origins.map(({ originId, ...origin }) => ({
          ...origin,
          id: memoryIdOf('working', originId),
        })),
        taught: reflexions.map(toTeacher),
      };
    },

    async stats(projectId) {
      const [held, actions] = await at('working', () =>
        Promise.all([working.upkeep.count(projectId), audit?.count(projectId) ?? []]),
      );
      return { working: held, actions };
    },

    async promote(id) {
      const memory = await find(id);
      const { tier } = memory;
      if (tier === 'long') {
        throw new AuroraError('state-conflict', `${id} is in long-term memory already.`);
      }
      const lifted = await upkeep.lift(memory);
      if (lifted !== undefined) return lifted;
      throw new AuroraError(
        'state-conflict',
        `${id} says too little without its project's names, paths and ids: "${(await upkeep.general(memory)).content.slice(0, 200)}".`,
      );
    },

    async forget(id) {
      const keeper = await keeperOf(id);
      const memory = await find(keeper ?? id);
      const { general: generalIdentity } = upkeep;
      const { renewRepeated } = patterns;
      const deps = { tiers, working, at, note, generalIdentity, renewRepeated };
      const forgotten = await forgetAll(deps, memory);
      return keeper === undefined ? forgotten : [id, ...forgotten];
    },

    async expire() {
      let total = 0;
      for (const tier of Object.values(tiers)) {
        const count = await at(tier.name, () => tier.expire());
        if (count > 0) note({ action: 'expire', tier: tier.name, detail: { count } });
        total += count;
      }
      return total;
    },

    async tend() {
      onUpkeep('expired', await coordinator.expire());
      return upkeep.tendSome();
    },

    async close() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
  return coordinator;
}

const toTeacher = ({ runId, taskId, attempt, role, createdAt }: LessonRow): Teacher => ({
  ...{ runId: runId || undefined, taskId, attempt: attempt || undefined },
  ...{ role: role ?? undefined, at: createdAt },
});

/** A memory as it may be kept, and where. */
interface Draft {
  readonly tier: MemoryTierName;
  readonly entry: MemoryEntry;
}

async function toEntry(input: MemoryDraftInput): Promise<Draft> {
  const draft = checkInput(memoryDraftSchema, input);
  const { memoryType: type, projectId, tier, session, at, ...rest } = draft;
  const when = {
    ...(session === undefined ? {} : { session }),
    ...(at === undefined ? {} : { at }),
  };
  const admitted = await admit({ ...rest, metadata: { ...rest.metadata, ...when } });
  // A turn of a conversation is an event: the same words at another time are another one.
  const event = Object.keys(when).length === 0 ? '' : `\n${JSON.stringify(when)}`;
  return {
    tier: tier ?? (type === MemoryType.CONTEXT ? 'short' : 'working'),
    entry: { ...admitted, projectId, type, contentHash: contentHash(admitted.content + event) },
  };
}

const notFound = (id: string, keeper: string | undefined) =>
  new AuroraError(
    'memory-not-found',
    keeper === undefined
      ? `No memory has the id "${id}"; it may have expired.`
      : `${id} said the same as ${keeper} and was merged into it.`,
  );
