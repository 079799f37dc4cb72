export interface SentenceLabel {
  readonly name: string;
  /** Characters up to what it labels. */
  readonly length: number;
}

const labelled = /^(\p{L}[\p{L}\d-]*(?: [\p{L}\d-]+){0,2}):\s+(?=\p{L})/u;
/** What stands before a colon in a sentence of its own, as in "Users can: …" or "As an admin: …". */
const sentenceLike =
  /^as\b|\b(?:can|must|shall|should|will|may|could|to|given|when|then|and|req)\b/i;

/** The topic that a sentence begins with: "Shop: customers can order books". */
export function readLabel(sentence: string): SentenceLabel | undefined {
  const [whole, name] = labelled.exec(sentence) ?? [];
  if (whole === undefined || name === undefined || sentenceLike.test(name)) return undefined;
  return { name, length: whole.length };
}
