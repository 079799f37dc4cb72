import type { PlanInput } from './plan.ts';
import type { PlannerName } from './planned-by.ts';
import type { PlanningResult } from './planning-result.ts';

/**
 * submitted: recorded, not planned yet. running: its flow is in the queue. blocked: nothing can go
 * on before a human answers an escalation. done, failed, cancelled: finished.
 */
export const runStates = [
  'submitted',
  'planned',
  'running',
  'blocked',
  'done',
  'failed',
  'cancelled',
] as const;
export type RunState = (typeof runStates)[number];

/** Runs that somebody still has to do with. */
export const openRunStates = [
  'submitted',
  'planned',
  'running',
  'blocked',
] as const satisfies readonly RunState[];

export const finishedRunStates: readonly RunState[] = ['done', 'failed', 'cancelled'];

/** pending: its plan waits for somebody to approve it. */
export const approvalStates = ['pending', 'approved'] as const;

/** The branch that a run's tasks are merged into. */
export function integrationBranch(runId: string): string {
  return `aurora/${runId}`;
}

/** What was asked: plain language, or a finished plan. */
export type RequestSource =
  | {
      readonly kind: 'requirement';
      readonly text: string;
      /** Who shall plan it; whoever is configured when nobody says. */
      readonly planner?: PlannerName;
      /** The plan that was made for it before it was submitted, and is carried out as it was shown. */
      readonly proposal?: PlanningResult;
    }
  | { readonly kind: 'plan'; readonly plan: PlanInput };
