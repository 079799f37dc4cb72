/**
 * A number for each document, 0 at first. Kept from question to question, since fresh arrays for
 * 10,000 documents cost more than most questions: what was touched is set back.
 */
export class Sums {
  values = new Float64Array(0);
  /** The documents whose number is not 0, or was not. */
  touched: number[] = [];

  /** Sets all back to 0, for this many documents. */
  reset(documents: number): this {
    for (const at of this.touched) this.values[at] = 0;
    this.touched = [];
    if (this.values.length < documents) this.values = new Float64Array(2 * documents);
    return this;
  }

  add(at: number, amount: number): void {
    const before = this.values[at] as number;
    if (before === 0) this.touched.push(at);
    this.values[at] = before + amount;
  }

  /** Makes it at least this. */
  raise(at: number, amount: number): void {
    const before = this.values[at] as number;
    if (before >= amount) return;
    if (before === 0) this.touched.push(at);
    this.values[at] = amount;
  }

  /** Multiplies one and answers what it has become. */
  scale(at: number, factor: number): number {
    return (this.values[at] = (this.values[at] as number) * factor);
  }

  /** The documents of the highest numbers above 0 that pass, the highest first; of equal ones the newest. */
  best(limit: number, passes: (at: number, value: number) => boolean): number[] {
    const top: number[] = [];
    const isBetter = (one: number, other: number) => {
      const difference = (this.values[one] as number) - (this.values[other] as number);
      return difference > 0 || (difference === 0 && one > other);
    };
    for (const at of this.touched) {
      const value = this.values[at] as number;
      if (value <= 0 || !passes(at, value)) continue;
      const last = top.at(-1);
      if (top.length === limit && last !== undefined && !isBetter(at, last)) continue;
      let low = 0;
      let high = top.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBetter(top[middle] as number, at)) low = middle + 1;
        else high = middle;
      }
      top.splice(low, 0, at);
      if (top.length > limit) top.pop();
    }
    return top;
  }
}
