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
  /** Characters [start, end) of the request that this requirement was read from. */
  source: z.strictObject({ start: z.int().nonnegative(), end: z.int().nonnegative() }).optional(),
});

export type Requirement = z.infer<typeof requirementSchema>;
