import { AuroraError } from '../domain/errors.ts';
import type { PullRequest } from './forge.ts';

/**
 * Opens a request, or brings the one that is open up to date: also when another process opens one at the
 * same moment, or when the answer to our own was lost on its way.
 *
 * @throws what the steps throw
 */
export async function openOnce(steps: {
  readonly find: () => Promise<number | undefined>;
  readonly create: () => Promise<PullRequest>;
  readonly update: (number: number) => Promise<PullRequest>;
}): Promise<PullRequest> {
  const found = await steps.find();
  if (found !== undefined) return steps.update(found);
  try {
    return await steps.create();
  } catch (error) {
    const isRefused = error instanceof AuroraError && error.code === 'forge-refused';
    const other = isRefused ? await steps.find() : undefined;
    if (other === undefined) throw error;
    return steps.update(other);
  }
}
