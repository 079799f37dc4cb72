import type { MemoryChange, WorkingMemoryStore } from '../../storage/working-memory-store.ts';
import { prepareMemory, type PreparedMemory } from './indexed-memory.ts';
import { MemoryIndex } from './memory-index.ts';

/** An index and the revision of the project's memory that it has seen. */
interface Entry {
  index: MemoryIndex;
  /** The space of its vectors; none when undefined. */
  space: string | undefined;
  revision: number;
  /** The last refresh; the next one waits for it. */
  refreshed: Promise<void>;
}

export interface ProjectIndexes {
  /**
   * The project's index, up to date with every change that was committed before the call.
   *
   * @param space of the vectors that it shall hold; none when undefined
   */
  get(projectId: string, space?: string): Promise<MemoryIndex>;
}

/** Memories of one project that are searched, the newest ones. */
const maxProject = 50_000;
/** Memories that this process keeps indexed, about 1 KB each; projects unused longest go first. */
const maxTotal = 150_000;
/** Memories that are read between two turns of the event loop. */
const slice = 100;

/**
 * The indexes of the projects that this process searches. Other processes write too: each search
 * asks the record for its revision, one row, and reads what has changed since.
 */
export function createProjectIndexes(
  store: Pick<WorkingMemoryStore, 'changesSince'>,
): ProjectIndexes {
  // In order of use, the longest unused first.
  const entries = new Map<string, Entry>();

  async function refresh(projectId: string, entry: Entry, space?: string): Promise<void> {
    if (space !== undefined && entry.space !== space) {
      entry.index = new MemoryIndex();
      entry.space = space;
      entry.revision = -1;
    }
    const changes = await store.changesSince(projectId, entry.revision, maxProject, entry.space);
    if (changes === undefined) return;
    const { changed, present, revision } = changes;
    const prepared: PreparedMemory[] = [];
    for (const change of changed) {
      prepared.push(prepareMemory(toIndexed(change)));
      if (prepared.length % slice === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // From here on in one go: a search in between sees the state before or the one after.
    const { index } = entry;
    if (present !== undefined) {
      const there = new Set(present);
      index.remove([...index.ids()].filter((id) => !there.has(id)));
    }
    index.remove(changed.map(({ id }) => id));
    for (const memory of prepared) index.add(memory);
    entry.revision = revision;
  }

  function makeRoom(): void {
    let total = 0;
    for (const { index } of entries.values()) total += index.size;
    for (const [projectId, { index }] of entries) {
      if (total <= maxTotal || entries.size === 1) return;
      total -= index.size;
      entries.delete(projectId);
    }
  }

  return {
    async get(projectId, space) {
      const entry: Entry = entries.get(projectId) ?? {
        index: new MemoryIndex(),
        space,
        revision: -1,
        refreshed: Promise.resolve(),
      };
      entries.delete(projectId);
      entries.set(projectId, entry);
      const again = () => refresh(projectId, entry, space);
      // After a refresh that failed the next one tries the same again.
      const refreshed = entry.refreshed.then(again, again);
      entry.refreshed = refreshed.catch(() => undefined);
      await refreshed;
      makeRoom();
      return entry.index;
    },
  };
}

function toIndexed({ text, metadata, vector, ...change }: MemoryChange) {
  const { session, at } = metadata;
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return {
    ...change,
    text,
    vector: vector ?? undefined,
    session: typeof session === 'string' ? session : undefined,
    at: Number.isNaN(time) ? undefined : time,
  };
}
