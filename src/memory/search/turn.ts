/** What a text is in a conversation. Facts that nobody said are turns too, without a speaker. */
export interface Turn {
  /** As written before the colon: `Nora: I've adopted a dog`. */
  readonly speaker: string | undefined;
  readonly body: string;
  /** It ends in a question: what follows answers it. */
  readonly asks: boolean;
  /** It says nothing but questions. */
  readonly onlyAsks: boolean;
  /** Its speaker tells of itself. */
  readonly firstPerson: boolean;
  /** It says when something is. */
  readonly tellsTime: boolean;
}

/** Up to three capitalised words, or a role of a chat. */
const speakerPrefix =
  /^\s*(\p{Lu}[\p{L}\p{M}.'’-]{0,30}(?: \p{Lu}[\p{L}\p{M}.'’-]{0,30}){0,2}|user|assistant|human|system):\s/u;

const firstPerson = /\b(?:I|my|me|mine|we|our|us|I['’]\w+|we['’]\w+|My|We|Our)\b/;

const time =
  /\b(?:yesterday|today|tonight|tomorrow|last|next|ago|weeks?|weekend|months?|years?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|january|february|march|april|june|july|august|september|october|november|december|spring|summer|autumn|winter|christmas|easter|morning|night|(?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th)|since|soon|recently|days?|hours?)\b/i;

export function parseTurn(text: string): Turn {
  const match = speakerPrefix.exec(text);
  const body = match === null ? text : text.slice(match[0].length);
  const trimmed = body.trim();
  const asks = trimmed.endsWith('?');
  // An exclamation before a question ("Oh no!") does not make it an answer.
  const onlyAsks =
    asks &&
    trimmed
      .split(/(?<=[.!?])\s+/)
      .every((sentence) => sentence.endsWith('?') || sentence.length < 25);
  return {
    speaker: match?.[1],
    body,
    asks,
    onlyAsks,
    firstPerson: firstPerson.test(body),
    tellsTime: time.test(body),
  };
}
