import { InvalidArgumentError } from 'commander';
import type { DeliveryRequest } from '../domain/delivery.ts';

/**
 * Reads where a run's work is to go: `branch:NAME`, `pr`, `pr:INTO` or `patch:FILE`.
 *
 * @throws InvalidArgumentError
 */
export function readDelivery(given: string): DeliveryRequest {
  const [, kind, place = ''] = /^(\w+)(?::(.+))?$/.exec(given) ?? [];
  if (kind === 'branch' && place !== '') return { kind, branch: place };
  if (kind === 'patch' && place !== '') return { kind, file: place };
  if (kind === 'pr') return { kind, ...(place === '' ? {} : { into: place }) };
  throw new InvalidArgumentError('It is branch:NAME, pr, pr:INTO or patch:FILE.');
}
