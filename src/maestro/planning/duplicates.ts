import type { Requirement } from '../../domain/requirement.ts';

const priorities: readonly Requirement['priority'][] = ['must', 'should', 'could'];

const plain = ({ title }: Requirement): string =>
  title
    .toLowerCase()
    .replace(/\b(?:the|an?|all|every|each|must|shall|should|can|could|will|may|might)\b/g, ' ')
    .replace(/[^\p{L}\p{N}%]+/gu, ' ')
    .trim();

/** Whether two requirements ask for the same in the same words, however strongly. */
export function sameWords(one: Requirement, other: Requirement): boolean {
  const words = plain(one);
  return words !== '' && words === plain(other);
}

/** What is asked for twice is planned once, with the stronger wish and all criteria. */
export function mergeInto(kept: Requirement, duplicate: Requirement): void {
  kept.priority =
    priorities.find((each) => each === kept.priority || each === duplicate.priority) ??
    kept.priority;
  for (const criterion of duplicate.acceptance) {
    if (!kept.acceptance.includes(criterion)) kept.acceptance.push(criterion);
  }
}
