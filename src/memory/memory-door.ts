import type { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';
import { cleanText, mapStrings } from './clean-text.ts';
import { scanSecretsIn } from './scan-secrets.ts';

/** Metadata is for facts about a memory; what is larger is content. */
const maxMetadata = 100_000;

/** Problems that are told at once: a list of 10,000 tags can have one in each. */
const maxProblems = 20;

/**
 * Checks what comes into memory: text is made storable first, so that nothing a schema accepts is
 * refused by a store.
 *
 * @throws AuroraError memory-invalid with every problem and its place
 */
export function checkInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(mapStrings(input, cleanText));
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, maxProblems).map(({ path, message }) => ({
    path: path.join('.') || '(whole)',
    message,
  }));
  const list = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const more = issues.length > maxProblems ? `; and ${issues.length - maxProblems} more` : '';
  throw new AuroraError('memory-invalid', `This memory is not acceptable: ${list}${more}.`, {
    problems,
  });
}

/**
 * Content, tags and metadata as they may be kept: without secrets, each tag once.
 *
 * @throws AuroraError memory-invalid when the metadata is too large
 */
export async function admit<
  T extends { tags: readonly string[]; metadata?: Record<string, unknown> | undefined },
>(input: T): Promise<T> {
  const admitted = await scanSecretsIn(input);
  if (JSON.stringify(admitted.metadata ?? {}).length > maxMetadata) {
    throw new AuroraError(
      'memory-invalid',
      `The metadata is larger than ${maxMetadata} characters of JSON: put text into the content.`,
    );
  }
  return { ...admitted, tags: [...new Set(admitted.tags)].sort() };
}
