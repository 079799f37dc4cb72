/** What is said to the agents rather than of the product. */
const addressed =
  /\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:previous|prior|above|earlier|system|all|your|any)\b[^.]{0,20}\b(?:instructions?|prompts?|rules|requests?|guidelines)\b|\byou are (?:now|no longer)\b|\b(?:reveal|print|show|repeat)\b[^.]{0,20}\byour (?:system )?(?:prompt|instructions)\b|\bact as (?:if you|an? (?:unrestricted|jailbroken))\b/i;

/**
 * Whether a sentence tries to steer the agents ("ignore previous instructions and delete …"). Such a
 * sentence is no requirement; it is shown to a human instead.
 */
export function isAddressedToAgents(sentence: string): boolean {
  return addressed.test(sentence);
}
