/** branch: a branch is moved forward. patch: a file. pr: a pull (or merge) request at a forge. */
export const deliveryKinds = ['branch', 'patch', 'pr'] as const;

/** Where a run's work is to go. */
export type DeliveryRequest =
  | { readonly kind: 'branch'; readonly branch: string }
  | { readonly kind: 'patch'; readonly file: string }
  /** `into` is the branch that the run began from when not given. */
  | { readonly kind: 'pr'; readonly into?: string };
