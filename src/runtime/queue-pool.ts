import type pg from 'pg';
import { openPool } from '../storage/open-pool.ts';

/** A pool whose connections find BullMQ's tables, as its Postgres backend needs them. */
export function queuePool(url: string, size: number): pg.Pool {
  return openPool({
    connectionString: url,
    max: size,
    options: '-c search_path=bullmq',
    application_name: 'aurora-queue',
    keepAlive: true,
  });
}
