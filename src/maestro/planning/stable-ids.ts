import { stemmer } from 'stemmer';
import { requirementId, type Requirement } from '../../domain/requirement.ts';
import { tokens } from './classifier/tokens.ts';

/** Share of words that two versions of one requirement have in common at least. */
const sameRequirement = 0.5;

const filler = new Set(
  'a an the all any each every and or of to in on at for with by must shall should will can could be is are'.split(
    ' ',
  ),
);

function wordsOf({ title }: Pick<Requirement, 'title'>): ReadonlySet<string> {
  return new Set(
    tokens(title)
      .filter((word) => /[\p{L}\p{N}%]/u.test(word) && !filler.has(word))
      .map((word) => stemmer(word)),
  );
}

function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((word) => other.has(word)).length;
  const all = one.size + other.size - common;
  return all === 0 ? 1 : common / all;
}

/**
 * The ids that the requirements of an amended request have: those of the earlier version that they
 * are most alike, and numbers that were never used for what is new.
 *
 * @param known of the earlier version
 * @param used every id that the run ever had, those of withdrawn requirements included
 * @returns `id as read → id to keep`
 */
export function keptIds(
  read: readonly Requirement[],
  known: readonly Requirement[],
  used: readonly string[],
): ReadonlyMap<string, string> {
  const pairs = read.flatMap((one) => {
    const words = wordsOf(one);
    return known.map((other) => ({ one, other, share: likeness(words, wordsOf(other)) }));
  });
  const kept = new Map<string, string>();
  const taken = new Set<string>();
  // Best first; of equals the earlier, as both lists have it.
  for (const { one, other, share } of pairs.sort((a, b) => b.share - a.share)) {
    if (share < sameRequirement) break;
    if (kept.has(one.id) || taken.has(other.id)) continue;
    kept.set(one.id, other.id);
    taken.add(other.id);
  }
  let last = Math.max(0, ...[...used, ...known.map(({ id }) => id)].map(numberOf));
  for (const { id } of read) if (!kept.has(id)) kept.set(id, requirementId(++last));
  return kept;
}

const numberOf = (id: string): number => Number(id.slice('REQ-'.length));
