import type { Discovery } from '../domain/agent-message.ts';
import type { Logger } from '../domain/logger.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { Db } from '../storage/database.ts';
import { listNews } from '../storage/news-store.ts';

interface Watcher {
  readonly fence: Fence;
  readonly listeners: Set<(discovery: Discovery) => void>;
  /** The last one told. */
  last: number;
  reading: Promise<void>;
}

/** Brings what one agent finds out to the other attempts of its run that are under way here. */
export class Discoveries {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #watchers = new Set<Watcher>();

  constructor(db: Db, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /** An attempt begins: it can listen until `end` is called. Nothing is read before there is news. */
  watch(fence: Fence): {
    listen(listener: (discovery: Discovery) => void): () => void;
    end(): void;
  } {
    const listeners: Watcher['listeners'] = new Set();
    const watcher: Watcher = { fence, listeners, last: 0, reading: Promise.resolve() };
    this.#watchers.add(watcher);
    return {
      listen(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      end: () => void this.#watchers.delete(watcher),
    };
  }

  /** A run has news: its attempts that listen are told. */
  readonly tell = (runId: string): void => {
    for (const watcher of this.#watchers) {
      if (watcher.fence.runId !== runId || watcher.listeners.size === 0) continue;
      watcher.reading = watcher.reading.then(() => this.#read(watcher));
    }
  };

  async #read(watcher: Watcher): Promise<void> {
    try {
      for (const discovery of await listNews(this.#db, watcher.fence, watcher.last)) {
        watcher.last = discovery.id;
        for (const listener of watcher.listeners) listener(discovery);
      }
    } catch (error) {
      this.#log.warn({ err: error, ...watcher.fence }, 'a discovery could not be passed on');
    }
  }
}
