import { parse as parseJson, type ParseError } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { parseAllDocuments } from 'yaml';

/** Reads a document of a known format. @throws when it is not well-formed */
type Parser = (text: string) => unknown;

const parsers: readonly (readonly [RegExp, Parser])[] = [
  [/\.(json|jsonc|json5|webmanifest)$|(^|\/)\.(babelrc|eslintrc)$/, parseStrictJson],
  [/\.ya?ml$/, parseYaml],
  [/\.toml$/, (text) => parseToml(text)],
];

/** @returns undefined for files whose structure we do not know */
export function parserOf(path: string): Parser | undefined {
  return parsers.find(([name]) => name.test(path))?.[1];
}

function parseStrictJson(text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parseJson(text, errors, { allowTrailingComma: false });
  if (errors.length > 0) throw new SyntaxError(`${errors.length} errors`);
  return value;
}

function parseYaml(text: string): unknown {
  return parseAllDocuments(text, { logLevel: 'silent' }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  });
}
