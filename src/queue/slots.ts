/**
 * The slots of an agent in one process, shared by its workers of all shards. BullMQ bounds each
 * worker by itself, and cannot be told of the others.
 */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Takes a slot, waiting for one for at most `patience` milliseconds; those who wait longest come
   * first.
   *
   * @returns whether there is one; then {@link release} must follow
   */
  async take(patience: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    return new Promise((resolve) => {
      const granted = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(granted), 1);
        resolve(false);
      }, patience);
      this.#waiting.push(granted);
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
