import { pgSchema } from 'drizzle-orm/pg-core';

/** All of Aurora's tables live in one schema of their own, beside BullMQ's `bullmq`. */
export const auroraSchema = pgSchema('aurora');
