const size =
  /,?\s*\(?\b(?:of |up to |with |at most |larger than |more than |exceed |no (?:more|larger|longer) than |max(?:imum|\.)? (?:of )?)+\d[\d,.]*\s?(?:[kmg]b|bytes|characters|pixels)\b\)?/gi;

/**
 * A text without the sizes of what is handed over ("of at most 5 MB"): they bound an ability, and make
 * no quality of it.
 */
export function withoutSizes(text: string): string {
  return text.replace(size, '');
}
