import type { Plan } from '../domain/plan.ts';

/** Why an agent was chosen for a task. */
export interface Assignment {
  readonly taskId: string;
  readonly agent: string;
  /** The product of the parts, 0 to 1; the highest capable agent gets the task. */
  readonly score: number;
  readonly parts: {
    /** Weighted slots, relative to the agent of the pool that has most. */
    readonly availability: number;
    /** Share of recent attempts that succeeded; 1 for an agent without a history. */
    readonly success: number;
    /** 1 when idle; falls with what the agent has and what this plan has already given it. */
    readonly load: number;
  };
}

/** What planning yields: the first three phases of the seed (parse, expand, depend) in one value. */
export interface PlanningResult {
  readonly plan: Plan;
  /** Why a task depends on another: `taskId → dependency → reason`. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the planner could not decide and a human should know. */
  readonly questions: readonly string[];
}
