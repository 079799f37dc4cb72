/**
 * comments: sent back by who was to approve it. amendment: changed while it ran, or afterwards. feedback: its
 * pull request was reviewed, or did not pass its checks.
 */
export const revisionCauses = ['comments', 'amendment', 'feedback'] as const;

/** How one plan of a run differs from the one before. */
export interface PlanChange {
  readonly requirements: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly withdrawn: readonly string[];
  };
  readonly tasks: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
}
