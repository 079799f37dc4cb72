import { telling, wordsOf } from './words.ts';

/** What two memories are compared by. */
export interface Gist {
  readonly words: ReadonlySet<string>;
  /** Numbers and versions: texts that differ in one of them say different things. */
  readonly numbers: string;
  /** How often it says no. */
  readonly denials: number;
}

/** Share of common words from which two memories say the same. */
const nearDuplicate = 0.9;
/** Share of common words from which two statements are about the same. */
const sameSubject = 0.8;
/** Words up to which a text is one statement, which another one can deny as a whole. */
const statement = 40;

const denial =
  /\b(?:not|never|no longer|(?:do|does|did|is|are|was|were|must|should|ca|wo|would)n['’]t|cannot|avoid|stop|forbidden|refrain)\b/gi;
/** A value that is one: `8080`, `v2`, `true`, `"x"`; `fast` may be true beside `written in Rust`. */
const value = String.raw`(?:["'\`][^"'\`]{1,60}["'\`]|\S*\d\S*|true|false|on|off|yes|no|enabled|disabled)`;
const assignment = new RegExp(
  String.raw`^(?<key>[^=:\n]{3,80}?)\s*(?:=|:|\bis\b|\bare\b|\bmust be\b|\bshould be\b)\s*(?<value>${value})[.!]?$`,
  'i',
);
const choice =
  /^(?:always |please )?(?:use|prefer|choose|pick)\s+(?<value>[^\s,.]{1,40})\s+(?:for|as|in|when|to)\s+(?<key>[^.\n]{3,80})[.!]?$/i;

export function gistOf(content: string): Gist {
  const text = content.slice(0, 8_000);
  const plain = text.replace(denial, ' ');
  return {
    words: new Set(telling(wordsOf(plain), 200)),
    numbers: (plain.match(/\d[\w.]*\w|\d/g) ?? []).sort().join(' '),
    denials: text.match(denial)?.length ?? 0,
  };
}

/** Whether two memories say nearly the same: the same words, numbers and denials. */
export const saysTheSame = (one: Gist, other: Gist): boolean =>
  one.denials === other.denials &&
  one.numbers === other.numbers &&
  overlap(one.words, other.words) >= nearDuplicate;

/**
 * Why two memories cannot both be right; undefined when that cannot be told. It is a modest rule: one
 * denies what the other says in nearly the same words, or both give the same thing another value.
 */
export function contradiction(one: string, other: string): string | undefined {
  const [a, b] = [gistOf(one), gistOf(other)];
  const short = Math.max(a.words.size, b.words.size) <= statement;
  const denies = (a.denials === 0) !== (b.denials === 0);
  if (short && denies && a.numbers === b.numbers && overlap(a.words, b.words) >= sameSubject) {
    return 'one denies the other';
  }
  const [first, second] = [setting(one), setting(other)];
  if (first === undefined || second === undefined) return undefined;
  if (first.key !== second.key || first.value === second.value) return undefined;
  return `two values for "${first.key}"`;
}

function setting(text: string): { key: string; value: string } | undefined {
  const { key, value } = (assignment.exec(text.trim()) ?? choice.exec(text.trim()))?.groups ?? {};
  if (key === undefined || value === undefined) return undefined;
  const words = telling(wordsOf(key), 20);
  if (words.length === 0) return undefined;
  return { key: words.join(' '), value: value.toLowerCase().replace(/^["'`]|["'`]$/g, '') };
}

/** Jaccard's index: common members by all members. */
function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let common = 0;
  for (const member of one) if (other.has(member)) common++;
  const all = one.size + other.size - common;
  return all === 0 ? 0 : common / all;
}
