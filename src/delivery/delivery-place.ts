import path from 'node:path';
import type { DeliveryKind, DeliveryRequest } from '../domain/delivery.ts';
import { AuroraError } from '../domain/errors.ts';

/**
 * Where exactly a delivery goes: the branch, the file, or the branch that the pull request is for.
 *
 * @param baseBranch the branch that the run began from
 * @throws AuroraError `request-invalid` when a pull request has no branch to be for
 */
export function deliveryPlace(
  request: DeliveryRequest,
  baseBranch: string | null,
): { readonly kind: DeliveryKind; readonly target: string } {
  const { kind } = request;
  if (kind === 'branch') return { kind, target: request.branch };
  if (kind === 'patch') return { kind, target: path.resolve(request.file) };
  const target = request.into ?? (baseBranch === 'HEAD' ? null : baseBranch);
  if (target !== null) return { kind, target };
  throw new AuroraError(
    'request-invalid',
    'The run began from no branch: say which one the pull request is for (pr:INTO, or --pr --into INTO).',
  );
}
