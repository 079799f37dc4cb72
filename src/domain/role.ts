import { z } from 'zod';

/** The roles of the fleet: one or more agent pools serve each. */
export const roles = [
  'architect',
  'product-analyst',
  'research',
  'backend',
  'frontend',
  'database',
  'integration',
  'test-engineer',
  'security-auditor',
  'code-reviewer',
  'validator',
  'devops',
  'documentation',
] as const;

export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;
