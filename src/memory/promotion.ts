import type { MemoryTierName } from '../domain/memory.ts';
import type { TierMemory } from './memory-tier.ts';

/**
 * Where a memory has earned to go: from short-term after 3 uses or when 2 agents used it; from
 * working after more than 5 uses of which more than 80 % helped, when 2 projects know it.
 *
 * @param projects how many projects remember this content
 */
export function promotionTarget(memory: TierMemory, projects: number): MemoryTierName | undefined {
  if (memory.tier === 'short' && (memory.uses >= 3 || memory.agents.length >= 2)) return 'working';
  const proven = memory.outcomes > 0 && memory.successes / memory.outcomes > 0.8;
  if (memory.tier === 'working' && memory.uses > 5 && proven && projects >= 2) return 'long';
  return undefined;
}
