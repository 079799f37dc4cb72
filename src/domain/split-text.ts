import { parseDocument } from 'yaml';
import { z } from 'zod';
import { AuroraError } from './errors.ts';
import { splitSchema, type Split } from './split.ts';

const fileSchema = z.preprocess(
  (content) =>
    typeof content === 'object' && content !== null && 'parts' in content ? content.parts : content,
  splitSchema,
);

/** Aliases may repeat this much; more is a bomb that grows without bound when it is opened. */
const maxAliasCount = 100;

/**
 * Reads parts as people write them: YAML or JSON, a list or an object with the list as `parts`.
 *
 * @throws AuroraError request-invalid with all that is wrong
 */
export function parseSplit(text: string): Split {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw refused(error.message);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount });
  } catch (thrown) {
    // yaml reports too many aliases, and aliases without an anchor, by throwing this.
    if (!(thrown instanceof ReferenceError)) throw thrown;
    throw refused(thrown.message);
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) throw refused(z.prettifyError(parsed.error));
  return parsed.data;
}

const refused = (why: string) =>
  new AuroraError(
    'request-invalid',
    `These are no parts of a task (a list, each with at least an id and a title): ${why}`,
  );
