import { z } from 'zod';
import { planSchema } from '../../domain/plan.ts';

/** JSON Schema (2020-12) of a plan file as it may be written, for editors and other tools. */
export function planJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(planSchema, { io: 'input', target: 'draft-2020-12' }),
    title: 'Aurora plan file',
  };
}
