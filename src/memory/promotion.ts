import type { TierMemory } from './memory-tier.ts';

/**
 * Whether session context has earned to be kept longer: after 3 uses, or when 2 agents used it. What
 * working memory passes on to long-term memory is asked of the record: `promotable` of its upkeep.
 */
export const hasEarnedWorking = ({ uses, agents }: TierMemory): boolean =>
  uses >= 3 || agents.length >= 2;
