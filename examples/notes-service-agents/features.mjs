// What the scaffolder has templates for, and the words by which a task asks for it.

const functional = {
  search: /\b(search\w*|find|look up)\b/i,
  filter: /\bfilter\w*\b/i,
  tag: /\b(tag|tags|tagging|label)\b/i,
  delete: /\b(delet\w+|remov\w+)\b/i,
  create: /\b(creat\w+|add|write|post)\b/i,
  list: /\b(list|view|browse|see|show|display)\b/i,
};

const qualities = {
  'title-limit': /\btitles?\b.*\b\d[\d,]* characters\b/is,
  escaping: /\b(scripts?|xss|escap\w+)\b/i,
  'newest-first': /\b(newest|most recent|latest)\b/i,
  'search-speed': /\bsearch\w*\b.*\b\d+ ?(ms|milliseconds|s|seconds)\b/is,
  persistence: /\b(restart\w*|surviv\w+|persist\w*)\b/i,
};

const named = (patterns, text) =>
  Object.keys(patterns).filter((feature) => patterns[feature].test(text));

export const functionsNamed = (text) => named(functional, text);
export const qualitiesNamed = (text) => named(qualities, text);

/** The numbers that the requirements give; a number that they do not give is undefined. */
export function readNumbers(text) {
  const number = (pattern) => {
    const found = pattern.exec(text)?.[1];
    return found && Number(found.replaceAll(',', ''));
  };
  const limit = (field) => number(new RegExp(`\\b${field}\\b[^.]*?(\\d[\\d,]*) characters`, 'i'));
  const seconds = number(/\bsearch\w*\b[^.]*?(\d+) ?(?:s|seconds?)\b/i);
  return {
    titleCharacters: limit('titles?'),
    bodyCharacters: limit('bod(?:y|ies)'),
    tagCharacters: limit('tags?'),
    noteCount: number(/\bsearch\w*\b[^.]*?(\d[\d,]*) notes\b/i),
    milliseconds:
      number(/\bsearch\w*\b[^.]*?(\d+) ?(?:ms|milliseconds)\b/i) ?? (seconds && seconds * 1_000),
  };
}
