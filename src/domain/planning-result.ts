import type { Plan } from './plan.ts';
import type { PlannedBy } from './planned-by.ts';

/** What planning yields: the first three phases of the seed (parse, expand, depend) in one value. */
export interface PlanningResult {
  readonly plan: Plan;
  /** Why a task depends on another: `taskId → dependency → reason`. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the planner could not decide and a human should know. */
  readonly questions: readonly string[];
  /** Who made it; undefined for a plan that a person wrote. */
  readonly plannedBy?: PlannedBy;
}
