import type { QualityCategory } from './quality-lexicon.ts';

/** Adjectives that ask for a quality wherever they are all that is said, by that quality. */
const adjectives: Partial<Record<QualityCategory, string>> = {
  performance: 'fast|quick|speedy|snappy|performant|efficient|lightweight|responsive',
  usability: 'user-friendly|friendly|intuitive|easy|simple|usable|accessible|ergonomic|convenient',
  reliability: 'reliable|robust|stable|resilient|fault-tolerant',
  availability: 'highly-available',
  scalability: 'scalable',
  security: 'secure|safe|tamper-proof',
  maintainability: 'maintainable|modular|extensible|testable|well-documented',
  portability: 'portable|platform-independent',
  compatibility: 'interoperable|backwards-compatible|backward-compatible',
  look_and_feel: 'attractive|appealing|beautiful|modern|elegant|professional|polished|sleek',
};

const qualityOf = new Map(
  Object.entries(adjectives).flatMap(([quality, words]) =>
    words.split('|').map((word) => [word, quality as QualityCategory] as const),
  ),
);

/** Words that say how much, or of what use, and nothing else. */
const around =
  /^(?:and|but|very|highly|extremely|really|always|as|more|enough|possible|to|use|learn|understand)$/;
const predicate =
  /\b(?:must|shall|should|will|has to|have to|needs? to|is|are)\s+(?:always\s+)?(?:be\s+)?((?:[\p{L}-]+[\s,.!]*){1,8})$/iu;

/**
 * The quality that a sentence such as "The site should be fast and user-friendly." asks for: the first
 * of those that its predicate consists of. Such sentences are too short for the classifier.
 *
 * @returns undefined when it says anything else
 */
export function plainQuality(text: string): QualityCategory | undefined {
  const said = predicate.exec(text.trim().replace(/\b(user|fault) (?=friendly|tolerant)/gi, '$1-'));
  if (said === null) return undefined;
  const words = (said[1] as string)
    .toLowerCase()
    .split(/[\s,.!]+/)
    .filter(Boolean);
  const qualities = words.filter((word) => !around.test(word)).map((word) => qualityOf.get(word));
  return qualities.includes(undefined) ? undefined : qualities[0];
}
