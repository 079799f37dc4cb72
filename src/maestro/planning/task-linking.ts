import type { z } from 'zod';
import type { Requirement } from '../../domain/requirement.ts';
import { taskSchema, type Task } from '../../domain/task.ts';
import type { RepositoryFacts } from './repository-facts.ts';
import { clip } from './requirement-title.ts';
import type { TaskDraft } from './task-draft.ts';
import { maxDetailed, taskPrompt } from './task-prompt.ts';

export interface ExpandedPlan {
  readonly tasks: readonly Task[];
  /** `taskId → dependency → reason`. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const maxIdLength = 64;
const maxTitleLength = 200;
/** Limit of the task schema. */
const maxCriteria = 200;
const priorities = { must: 5, should: 6, could: 7 } as const;
/** Everything waits for it. */
const contractPriority = 1;

/** Gives drafts their final ids, turns artifacts into dependencies and writes the prompts. */
export function linkDrafts(
  drafts: readonly TaskDraft[],
  constraints: ReadonlyMap<TaskDraft, readonly Requirement[]>,
  facts: RepositoryFacts,
): ExpandedPlan {
  const ids = uniqueIds(drafts);
  const producers = new Map<string, string>();
  drafts.forEach((draft, index) => producers.set(draft.produces, ids[index] ?? draft.id));
  const reasons: Record<string, Record<string, string>> = {};
  const tasks = drafts.map((draft, index) => {
    const id = ids[index] ?? draft.id;
    const edges: Record<string, string> = {};
    for (const { artifact, reason } of draft.consumes) {
      const producer = producers.get(artifact);
      if (producer !== undefined && producer !== id) edges[producer] = reason;
    }
    reasons[id] = edges;
    const told = constraints.get(draft) ?? [];
    const input: z.input<typeof taskSchema> = {
      id,
      title: clip(draft.title, maxTitleLength),
      role: draft.role,
      dependsOn: Object.keys(edges),
      requirements: draft.requirements.map((requirement) => requirement.id),
      prompt: taskPrompt(draft, told, facts),
      ...acceptanceOf(draft, told),
      input: {
        aspect: draft.aspect,
        requirements: draft.requirements.map((requirement) => requirement.id),
        constraints: told.map((requirement) => requirement.id),
        subject: draft.subject,
        action: draft.action,
        object: draft.object ?? null,
        fields: [...(draft.fields ?? [])],
        text:
          draft.requirements.length === 1
            ? (draft.requirements[0]?.text ?? draft.requirements[0]?.title ?? '')
            : draft.title,
      },
      ...(draft.changesCode && facts.testCommand ? { verify: [...facts.testCommand] } : {}),
      scope: [...(draft.scope ?? [])],
      priority: draft.aspect === 'contract' ? contractPriority : priorityOf(draft.requirements),
    };
    return taskSchema.parse(input);
  });
  return { tasks, reasons };
}

/** The criteria of few requirements; those of all of them would tell a task nothing. */
function acceptanceOf(
  { requirements }: TaskDraft,
  constraints: readonly Requirement[],
): { acceptance?: string[] } {
  if (requirements.length > maxDetailed) return {};
  const stated = [...requirements, ...constraints].flatMap(({ acceptance }) => acceptance);
  const acceptance = [...new Set(stated)].slice(0, maxCriteria);
  return acceptance.length === 0 ? {} : { acceptance };
}

const priorityOf = (requirements: readonly Requirement[]): number =>
  Math.min(...requirements.map(({ priority }) => priorities[priority]));

function uniqueIds(drafts: readonly TaskDraft[]): string[] {
  const used = new Set<string>();
  return drafts.map(({ id }) => {
    const wanted = id.slice(0, maxIdLength).replace(/-+$/, '');
    let unique = wanted;
    for (let copy = 2; used.has(unique); copy++) {
      unique = `${wanted.slice(0, maxIdLength - String(copy).length - 1)}-${copy}`;
    }
    used.add(unique);
    return unique;
  });
}
