import { z } from 'zod';
import type { ExecutorResult } from '../executor.ts';

export type Tokens = Pick<NonNullable<ExecutorResult['usage']>, 'inputTokens' | 'outputTokens'>;

const count = z.int().nonnegative();
const part = count.nullish().transform((tokens) => tokens ?? 0);

/** Each token is in one of these. */
const usageSchema = z.object({
  inputTokens: count,
  outputTokens: count,
  thoughtTokens: part,
  cachedReadTokens: part,
  cachedWriteTokens: part,
});

/**
 * What an agent says that a prompt has used. It is no part of the protocol's version 1 yet, only of
 * its [draft](https://agentclientprotocol.com/protocol/v1/draft/prompt-turn): taken where it is told,
 * and nothing depends on it.
 */
export function readTokens(answer: object): Tokens | undefined {
  const { data } = usageSchema.safeParse('usage' in answer ? answer.usage : undefined);
  return (
    data && {
      inputTokens: data.inputTokens + data.cachedReadTokens + data.cachedWriteTokens,
      outputTokens: data.outputTokens + data.thoughtTokens,
    }
  );
}
