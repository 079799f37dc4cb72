/** A problem by its path in the plan; the place in the text is added when all are known. */
export interface PlanProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
