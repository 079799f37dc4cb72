import { randomBytes } from 'node:crypto';

/**
 * A new id such as `run_mh2k9c0f3qz7`: a prefix, the time in base 36, so that ids sort by age, and
 * 40 random bits. Safe as a job id (no colon, never an integer), branch name and file name.
 */
export function newId(prefix: string): string {
  const random = BigInt(`0x${randomBytes(5).toString('hex')}`)
    .toString(36)
    .padStart(8, '0');
  return `${prefix}_${Date.now().toString(36)}${random}`;
}
