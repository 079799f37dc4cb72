import { createHash } from 'node:crypto';

/** SHA-256 of a content without regard to case and white space: what counts as the same memory. */
export function contentHash(content: string): string {
  const normal = content.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
  return createHash('sha256').update(normal).digest('hex');
}
