import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Db } from './database.ts';
import { secrets } from './schema/index.ts';

/** The fleet's secret of that name, the same for every process; made when it is first asked for. */
export async function readFleetSecret(db: Db, name: 'attempt-tokens'): Promise<string> {
  const value = randomBytes(32).toString('base64url');
  await db.insert(secrets).values({ name, value }).onConflictDoNothing();
  const [row] = await db.select().from(secrets).where(eq(secrets.name, name));
  return row?.value ?? value;
}
