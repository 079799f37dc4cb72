import type { ModelUsage } from './model-usage.ts';

export const plannerNames = ['rules', 'model'] as const;
export type PlannerName = (typeof plannerNames)[number];

/** Who made a plan. */
export interface PlannedBy {
  readonly planner: PlannerName;
  /** The model that was asked, also when the rules had to stand in; null when none was. */
  readonly model: string | null;
  /** How often the model was told what was wrong with its answer. */
  readonly repairs: number;
  /** Why the rules stood in for the model; null when they did not. */
  readonly notice: string | null;
  /** What the model's calls used; null when none was asked. */
  readonly usage: ModelUsage | null;
}

export const plannedByRules: PlannedBy = {
  planner: 'rules',
  ...{ model: null, repairs: 0, notice: null, usage: null },
};

/** In words: `openai:gpt-5, 1 repair, 12,345 tokens, $0.1200`, or why the rules stood in. */
export function plannedByText({ planner, model, repairs, notice, usage }: PlannedBy): string {
  const tokens = usage === null ? 0 : usage.inputTokens + usage.outputTokens;
  const cost = usage?.costUsd;
  const used = [
    planner === 'rules' ? 'rules' : model,
    repairs > 0 && planner === 'model' && `${repairs} ${repairs === 1 ? 'repair' : 'repairs'}`,
    tokens > 0 && `${tokens.toLocaleString('en-US')} tokens`,
    tokens > 0 && (typeof cost === 'number' ? `$${cost.toFixed(4)}` : 'cost unknown'),
  ];
  const line = used.filter((part) => typeof part === 'string').join(', ');
  return notice === null ? line : `${line}. ${notice}`;
}
