import { AuroraError } from '../domain/errors.ts';
import { memoryTierNames, type MemoryTierName } from '../domain/memory.ts';

/** The id under which a tier's memory is known outside of the tier. */
export const memoryIdOf = (tier: MemoryTierName, id: string): string => `${tier}_${id}`;

/**
 * The two halves of a memory's id.
 *
 * @throws AuroraError memory-not-found when no tier could have made such an id
 */
export function parseMemoryId(id: string): { tier: MemoryTierName; id: string } {
  const match = /^([a-z]+)_([0-9a-fA-F-]{1,64})$/.exec(id);
  const tier = memoryTierNames.find((name) => name === match?.[1]);
  if (tier === undefined || match?.[2] === undefined) {
    throw new AuroraError('memory-not-found', `No memory has the id "${id.slice(0, 100)}".`);
  }
  return { tier, id: match[2] };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The tier's own ids among these; those of other tiers, or of no possible form, are left out. */
export function ownIds(
  tier: MemoryTierName,
  ids: readonly string[],
  form: 'uuid' | 'any' = 'uuid',
): string[] {
  const prefix = `${tier}_`;
  return ids
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length))
    .filter((id) => form === 'any' || uuid.test(id));
}
