import { z } from 'zod';
import { handoffSchema } from '../domain/handoff.ts';
import { splitSchema } from '../domain/split.ts';

const text = z.string().max(100_000);

/** What an executor may report: `$AURORA_RESULT_FILE` of a command, the return value of a function. */
export const executorResultSchema = z.strictObject({
  summary: text.optional(),
  /** Any JSON; dependants receive it. Large things belong into the repository. */
  result: z.json().optional(),
  usage: z
    .strictObject({
      inputTokens: z.int().nonnegative().optional(),
      outputTokens: z.int().nonnegative().optional(),
      costUsd: z.number().nonnegative().optional(),
    })
    .optional(),
  /**
   * With exit code 75: the rate limit's `Retry-After`, in seconds or as an HTTP date. The task waits
   * for it, and no attempt is used up.
   */
  retryAfter: z.union([z.number().nonnegative(), z.string().min(1).max(100)]).optional(),
  /** The agent's own words on why it failed and what to do instead. */
  reflexion: z
    .strictObject({
      originalApproach: text.min(1),
      failureReason: text.min(1),
      improvedApproach: text.min(1),
      tags: z.array(z.string().min(1).max(100)).max(50).optional(),
    })
    .optional(),
  /** A question to a person. The attempt ends, its work is kept, and the next one gets the answer. */
  ask: z
    .strictObject({
      question: z.string().trim().min(1).max(20_000),
      /** Answers to choose from; a person may give another. */
      options: z.array(z.string().trim().min(1).max(1_000)).max(20).optional(),
    })
    .optional(),
  /** Somebody else should do the task. The attempt ends, its work is kept, and no failure is counted. */
  handoff: handoffSchema.optional(),
  /**
   * Smaller tasks that shall be done first. The attempt ends; the task waits for them and is carried
   * out once more, to put them together. With a failure: what to do when nothing else helps.
   */
  split: splitSchema.optional(),
  /** What worked and may serve others. */
  patterns: z
    .array(
      z.strictObject({
        content: text.min(1),
        tags: z.array(z.string().min(1).max(100)).max(50).optional(),
      }),
    )
    .max(20)
    .optional(),
});
