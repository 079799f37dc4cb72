import { stemmer } from 'stemmer';
import { lexiconScores } from './lexicon-scores.ts';
import { tokens } from './tokens.ts';

/** What the classifier looks at in a text. */
export interface TextFeatures {
  /** `name → value`: stems, pairs of stems, what stands around the modal verb, limits, phrases. */
  readonly named: ReadonlyMap<string, number>;
  /** Words that mean something by themselves, for the table of word weights. */
  readonly words: readonly string[];
}

const set = (words: string) => new Set(words.split(' '));
const common = set(
  'the a an of to in on at for by with and or is are be it that this shall must will as i want so',
);
const modals = set('shall must will should can may could has have want needs need');
const beforeTheVerb = set('be able to not also have the possibility only');

/** Kinds of limits: "200 ms", "95 %", "500 users". */
const units = new Map(
  Object.entries({
    time: 'ms s milliseconds millisecond second seconds minute minutes hour hours',
    days: 'day days week weeks month months',
    share: '% percent',
    count: 'users user requests customers million thousand sessions',
    text: 'characters character letters digits words lines',
    size: 'kb mb gb tb megabytes gigabytes terabytes',
  }).flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind] as const)),
);

const pairValue = 0.5;
const commonValue = 0.3;
const frameValue = 1;
const subjectValue = 0.7;
/** Stems and pairs weigh alike in short and long texts. */
const length = 2;

/** Reads the features of one requirement, whatever form it has. */
export function textFeatures(text: string): TextFeatures {
  const all = tokens(text);
  const stems = all.map((token) => (/\p{L}/u.test(token) ? stemmer(token) : token));
  const named = new Map<string, number>();
  const add = (name: string, value: number) =>
    named.set(name, Math.max(named.get(name) ?? 0, value));
  stems.forEach((stem, at) => {
    add(`w:${stem}`, common.has(all[at] ?? '') ? commonValue : 1);
    if (at + 1 < stems.length) add(`b:${stem}_${stems[at + 1]}`, pairValue);
  });
  addFrame(all, stems, add);
  all.forEach((token, at) => {
    if (token !== '#') return;
    const unit = units.get(all[at + 1] ?? '') ?? units.get(all[at + 2] ?? '');
    if (unit !== undefined) add(`q:${unit}`, 1);
  });
  const norm = Math.hypot(...named.values()) || 1;
  for (const [name, value] of named) named.set(name, (value / norm) * length);
  for (const [category, score] of lexiconScores(all)) {
    named.set(`lex:${category}`, Math.min(2, score / 3));
  }
  return { named, words: all.filter((token) => /\p{L}/u.test(token) && !common.has(token)) };
}

/** "The system | shall | be able to | display": whose the sentence is and what shall be done. */
function addFrame(
  all: readonly string[],
  stems: readonly string[],
  add: (name: string, value: number) => void,
): void {
  const modal = all.findIndex((token) => modals.has(token));
  if (modal === -1) {
    add(`first:${stems[0] ?? ''}`, subjectValue);
    return;
  }
  let verb = modal + 1;
  while (beforeTheVerb.has(all[verb] ?? '') && verb < all.length - 1) {
    if (all[verb] === 'be' && all[verb + 1] !== 'able') break;
    verb++;
  }
  add(`act:${stems[verb] ?? ''}`, frameValue);
  if (modal > 0) add(`subj:${stems[modal - 1]}`, subjectValue);
  if (all[verb] === 'be') add(`be:${stems[verb + 1] ?? ''}`, frameValue);
}
