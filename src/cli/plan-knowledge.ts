import { existsSync } from 'node:fs';
import path from 'node:path';
import pc from 'picocolors';
import type { Agent } from '../domain/agent.ts';
import { AuroraError } from '../domain/errors.ts';
import type { FleetKnowledge } from '../maestro/preview-plan.ts';
import { Closer } from '../runtime/closer.ts';
import { openRecord } from '../runtime/open-record.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { readPace } from '../storage/progress-store.ts';
import { say, type CliContext } from './cli-context.ts';

/**
 * What the record knows of the agents: load, success, how long their tasks take. Looking at a plan
 * needs no record, so none is made for it, and one that is away is done without.
 */
export async function planKnowledge(
  { env, log }: CliContext,
  agents: readonly Agent[],
): Promise<FleetKnowledge | undefined> {
  const own = path.join(env.dataDir, 'postgres');
  if (env.databaseUrl === undefined && !existsSync(own)) return undefined;
  const closer = new Closer();
  try {
    const { db } = (await openRecord(env, log, closer)).database;
    const names = agents.map(({ name }) => name);
    const [stats, pace] = await Promise.all([readAgentStats(db, agents), readPace(db, names)]);
    return { stats, pace };
  } catch (error) {
    if (!(error instanceof AuroraError)) throw error;
    say(pc.dim(`Planned without what earlier runs have shown: ${error.message}`));
    return undefined;
  } finally {
    await closer.close();
  }
}
