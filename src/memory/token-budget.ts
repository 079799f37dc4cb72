import { estimateTokenCount } from 'tokenx';

/**
 * Tokens of a text, estimated without a tokenizer, since every model has its own: tokenx is within 5 %
 * of OpenAI's on prose by its authors' measurements; code and rare scripts vary more.
 */
export const tokensOf = (text: string): number => estimateTokenCount(text);

/** Room for text in a prompt; what is offered first has the first choice. */
export class TokenBudget {
  #left: number;
  /** Offers that did not fit. */
  leftOut = 0;

  /** @param tokens in all */
  constructor(tokens: number) {
    this.#left = tokens;
  }

  get left(): number {
    return this.#left;
  }

  /** Takes the room that a text needs, if there is enough; a smaller one may still fit afterwards. */
  take(text: string): boolean {
    if (this.#left === Infinity) return true;
    const needed = tokensOf(text);
    if (needed > this.#left) {
      this.leftOut++;
      return false;
    }
    this.#left -= needed;
    return true;
  }
}

/** The beginning of a text that takes about so many tokens, with a sign that more was there. */
export function cutToTokens(text: string, tokens: number): string {
  const needed = tokensOf(text);
  if (needed <= tokens) return text;
  return `${text.slice(0, Math.floor((text.length * Math.max(0, tokens - 4)) / needed))} … (cut)`;
}
