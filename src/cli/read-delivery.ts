import { InvalidArgumentError } from 'commander';
import { parseDelivery } from '../domain/delivery.ts';

/**
 * Checks where a run's work is to go: `branch:NAME`, `pr`, `pr:INTO` or `patch:FILE`.
 *
 * @throws InvalidArgumentError
 */
export function readDelivery(given: string): string {
  if (parseDelivery(given) !== undefined) return given;
  throw new InvalidArgumentError('It is branch:NAME, pr, pr:INTO or patch:FILE.');
}
