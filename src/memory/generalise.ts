import { telling, wordsOf } from './words.ts';

/** What ties a text to one project, and what stands in its place. The order matters: URLs hold paths. */
const particulars: readonly (readonly [RegExp, string])[] = [
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, '<address>'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]]+/gi, '<url>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, '<host>'],
  [
    /\b(?:localhost|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|app|local|internal|lan)):?\d*\b/gi,
    '<host>',
  ],
  [/\b[A-Za-z]:\\[^\s"'`<>|]+/g, '<path>'],
  // Absolute, from home, or with a folder and an ending: `and/or` and `TCP/IP` are words.
  [/(?<![\w<])~?(?:\.{0,2}\/)[\w@.-]+(?:\/[\w@.+-]+)*\/?/g, '<path>'],
  [/\b[\w@.-]+(?:\/[\w@.-]+)*\/[\w@.-]+\.[a-z]{1,5}\b(?::\d+)*/gi, '<path>'],
  [
    /\b(?![A-Z]\w*\.js\b)[\w-]+\.(?:ts|tsx|js|mjs|cjs|jsx|py|rb|go|rs|java|kt|cs|php|sql|ya?ml|json|toml|md|html|css|sh)\b(?::\d+)*/g,
    '<file>',
  ],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b(?:REQ|NFR|RUN|TASK)-\d+\b/g, '<id>'],
  [/\b(?:run|prj|task|req|esc|msg|att)_[A-Za-z0-9]{6,}\b/g, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/gi, '<id>'],
];

/**
 * A text without what ties it to one project: its names, paths, hosts, addresses and ids. The same
 * experience of two projects comes out as the same text.
 *
 * @param names of the project and its repository
 */
export function generalise(text: string, names: readonly string[] = []): string {
  let general = text;
  for (const [pattern, place] of particulars) general = general.replace(pattern, place);
  for (const name of names) {
    // A name of one or two letters is a word of every text.
    if (name.length < 3) continue;
    const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    general = general.replace(
      new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'),
      '<project>',
    );
  }
  return general.replace(/(<[a-z]+>)(?:[\s,]*\1)+/g, '$1').trim();
}
/** Words that a text needs beside what was taken out, to tell anybody anything. */
const fewWords = 4;

/** Whether so much was taken out of a text that what is left is of no use elsewhere. */
export const saysTooLittle = (general: string, original: string): boolean =>
  general !== original &&
  telling(wordsOf(general.replace(/<[a-z]+>/g, ' ')), fewWords).length < fewWords;
