/** Things to close, in the reverse of the order in which they were opened. */
export class Closer {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;

  /** Registers how to close what was just opened. */
  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /**
   * Closes everything, once; further calls wait for the first. One step that fails does not keep
   * the others from closing.
   *
   * @throws AggregateError of all that failed
   */
  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything closed cleanly.');
  }
}
