const ansi = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/**
 * What a failure has in common with its next occurrence: paths, numbers, addresses, ids, timings
 * and dates become placeholders, so that the same error has the same signature.
 */
export function errorSignature(text: string): string {
  return (
    text
      .slice(0, 2_000)
      .replace(ansi, '')
      .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>')
      .replace(
        /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g,
        '<time>',
      )
      .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>')
      .replace(/\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|seconds?|m|min|minutes?)\b/gi, '<duration>')
      // Of requests, runs, customers: `req_011CSvB2`.
      .replace(/\b[a-z]{2,12}[_-](?=[a-z0-9]*\d)[a-z0-9]{8,64}\b/gi, '<id>')
      .replace(/\b0x[0-9a-f]+\b/gi, '<id>')
      .replace(/(?:\b[a-z][a-z0-9+.-]*:\/\/[^\s'"`)\]]+)/gi, '<url>')
      // A relative path has to end in an extension: "and/or" is none.
      .replace(
        /(?<![\w.@~+\-/\\])(?:[\w@~+-][\w.@~+-]*[\\/])+[\w@~+-]+\.\w+(?::\d+){0,2}/g,
        '<path>',
      )
      .replace(
        /(?<!\w)(?:[A-Za-z]:|\.{1,2})?[\\/](?:[\w.@~+-]+[\\/])*[\w.@~+-]+(?::\d+){0,2}/g,
        '<path>',
      )
      .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/gi, '<id>')
      .replace(/\d+(?:\.\d+)?/g, '<n>')
      .replace(/\s+/g, ' ')
      .trim()
      .toLowerCase()
      .slice(0, 300)
  );
}
