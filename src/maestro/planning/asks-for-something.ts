/** Above this many characters a request is a document, and most of a document is background. */
const documentLength = 50_000;

const cue =
  /\b(?:can|cannot|could|shall|should|must|will|would|may|might|need(?:s|ed)?|wants?|requires?|required|ought|ha(?:s|ve) to|allows?|lets?|enables?|permits?|please|wish(?:es)?|like to)\b|n['’]t\b/i;

/**
 * Whether prose of a request is worth the tagger's time, about a millisecond a sentence. In a short
 * request everything is; in a document only what says "must", "shall", "can", "need" and the like.
 */
export function proseFilter(request: string): (text: string) => boolean {
  return request.length > documentLength ? (text) => cue.test(text) : () => true;
}
