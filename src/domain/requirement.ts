import { z } from 'zod';

export const requirementKinds = ['functional', 'non_functional'] as const;

/** Quality characteristics of ISO/IEC 25010, in the words used in the field. */
export const qualityCategories = [
  'performance',
  'security',
  'usability',
  'reliability',
  'maintainability',
  'portability',
  'compatibility',
  'availability',
  'scalability',
  'legal',
  'operability',
  'look_and_feel',
] as const;

export const requirementIdSchema = z.string().regex(/^REQ-\d{3,}$/, 'must look like REQ-001');

/** @param number from 1 */
export function requirementId(number: number): string {
  return `REQ-${String(number).padStart(3, '0')}`;
}

/** A limit that can be measured: "99 % within 200 ms" is at most 200 ms at percentile 99. */
const thresholdSchema = z.strictObject({
  value: z.number(),
  unit: z.string().trim().min(1).max(40),
  bound: z.enum(['min', 'max']).optional(),
  percentile: z.number().gt(0).max(100).optional(),
});

export type Threshold = z.infer<typeof thresholdSchema>;

export const requirementSchema = z.strictObject({
  id: requirementIdSchema,
  kind: z.enum(requirementKinds).default('functional'),
  /** Set for non-functional requirements only. */
  category: z.enum(qualityCategories).optional(),
  title: z.string().trim().min(1).max(200),
  /** The requirement in the words of who asked for it. */
  text: z.string().trim().min(1).max(20_000).optional(),
  priority: z.enum(['must', 'should', 'could']).default('must'),
  acceptance: z.array(z.string().trim().min(1).max(2_000)).max(100).default([]),
  /** The limits that the text names. */
  thresholds: z.array(thresholdSchema).max(100).optional(),
  /** Characters [start, end) of the request that this requirement was read from. */
  source: z.strictObject({ start: z.int().nonnegative(), end: z.int().nonnegative() }).optional(),
});

export type Requirement = z.infer<typeof requirementSchema>;
