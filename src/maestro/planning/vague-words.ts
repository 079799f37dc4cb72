interface VagueWord {
  readonly pattern: RegExp;
  readonly question: string;
  /** A number with a unit in the same requirement answers it. */
  readonly measurable: boolean;
}

const vague = (words: string, question: string, measurable = true): VagueWord => ({
  pattern: new RegExp(`(?<![\\p{L}-])(?:${words})(?![\\p{L}-])`, 'iu'),
  question,
  measurable,
});

const vagueWords: readonly VagueWord[] = [
  vague(
    'tbd|tbc|to be (?:decided|defined|determined|confirmed)|\\?\\?+',
    'what shall it be?',
    false,
  ),
  vague(
    'fast|faster|quick|quickly|slow|performant|speedy|snappy|instantly|real[- ]time',
    'how fast, in milliseconds, and under which load?',
  ),
  vague(
    'user[- ]friendly|intuitive|easy|easily|simple|convenient|seamless|ergonomic',
    'how will one see that it is (who does what, in how many steps or seconds)?',
    false,
  ),
  vague(
    'modern|nice|beautiful|pretty|attractive|appealing|elegant|professional|polished|sleek',
    'what shall it look like (an example, a style guide)?',
    false,
  ),
  vague(
    'robust|reliable|stable|resilient|fault[- ]tolerant',
    'which failures must it survive, and what may be lost?',
  ),
  vague('scalable|scale well|highly available', 'up to how many users, requests or records?'),
  vague('secure|securely|safe|safely', 'against what, and which rules apply?', false),
  vague(
    'efficient|efficiently|optimal|optimi[sz]ed|lightweight',
    'which resource, and how much of it at most?',
  ),
  vague(
    'flexible|extensible|configurable|generic|versatile',
    'which change must be possible without new code?',
    false,
  ),
  vague(
    'appropriate|adequate|suitable|reasonable|sufficient|acceptable|proper|properly',
    'what counts as such?',
    false,
  ),
  vague(
    'as needed|if possible|where applicable|as far as possible|when necessary',
    'when is it needed?',
    false,
  ),
  vague('etc\\.?|and so on|and the like|and more|among others', 'what else belongs to it?', false),
  vague('several|many|various|numerous|a lot of|lots of', 'how many?'),
  vague('soon|regularly|periodically|often|frequently|from time to time', 'how often, or by when?'),
  vague('minimal|maximal|as (?:little|few|much|many) as', 'how much exactly?'),
];

const measure =
  /\d\s*(?:%|ms\b|milliseconds?\b|s\b|sec(?:ond)?s?\b|min(?:ute)?s?\b|h\b|hours?\b|days?\b|[kmg]b\b|bytes?\b|px\b|users?\b|requests?\b|records?\b|times?\b|clicks?\b|steps?\b|characters?\b)/i;

/** What a requirement leaves open, as questions to whoever asked for it. */
export function vagueQuestions(id: string, text: string): string[] {
  const measured = measure.test(text);
  return vagueWords.flatMap(({ pattern, question, measurable }) => {
    const found = pattern.exec(text)?.[0];
    if (found === undefined || (measurable && measured)) return [];
    return [`${id}: "${found}" is open: ${question}`];
  });
}
