import type { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';
import { cleanText, mapStrings } from './clean-text.ts';
import { redactSecrets } from './redaction.ts';

/** Metadata is for facts about a memory; what is larger is content. */
const maxMetadata = 100_000;

/**
 * Checks what comes into memory: text is made storable first, so that nothing a schema accepts is
 * refused by a store.
 *
 * @throws AuroraError memory-invalid with every problem and its place
 */
export function checkInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(mapStrings(input, cleanText));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.join('.') || '(whole)',
    message,
  }));
  const list = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new AuroraError('memory-invalid', `This memory is not acceptable: ${list}.`, { problems });
}

/**
 * Content, tags and metadata as they may be kept: without secrets, each tag once.
 *
 * @throws AuroraError memory-invalid when the metadata is too large
 */
export function admit<
  T extends { tags: readonly string[]; metadata?: Record<string, unknown> | undefined },
>(input: T): T {
  const admitted = mapStrings(input, redactSecrets) as T;
  if (JSON.stringify(admitted.metadata ?? {}).length > maxMetadata) {
    throw new AuroraError(
      'memory-invalid',
      `The metadata is larger than ${maxMetadata} characters of JSON: put text into the content.`,
    );
  }
  return { ...admitted, tags: [...new Set(admitted.tags)].sort() };
}
