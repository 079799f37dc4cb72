import { requirementId, type Requirement } from '../../../domain/requirement.ts';
import { nearestQuality } from '../classification.ts';
import type { RepositoryFacts } from '../repository-facts.ts';
import { clip } from '../requirement-title.ts';
import type { TaskDraft } from '../task-draft.ts';
import { linkDrafts } from '../task-linking.ts';
import { readThresholds } from '../threshold.ts';
import type { PlanningResult } from '../../../domain/planning-result.ts';
import type { ModelAnswer } from './model-answer.ts';
import type { quotedText, Span } from './quoted-text.ts';

/**
 * Makes a plan of an answer without problems. Requirements are numbered in the order in which the
 * request has them; prompts and checks are made as the rules make theirs, the checks from what the
 * repository itself uses.
 */
export function answeredPlan(
  answer: ModelAnswer,
  request: string,
  spanOf: ReturnType<typeof quotedText>,
  facts: RepositoryFacts,
): PlanningResult {
  const requirements = readRequirements(answer, request, spanOf);
  const drafts = answer.tasks.map((task): TaskDraft => {
    const served = requirements.filter(({ given }) => task.requirements.includes(given));
    return {
      ...{ id: task.id, title: task.title.trim(), role: task.role, goal: task.goal },
      ...{ changesCode: task.changesCode, scope: task.scope },
      ...{ aspect: task.role, subject: task.role, action: 'do', object: undefined },
      requirements: served.map(({ requirement }) => requirement),
      produces: task.id,
      consumes: task.dependsOn.map((each) => ({ artifact: each.task, reason: each.reason })),
    };
  });
  const { tasks, reasons } = linkDrafts(drafts, new Map(), facts);
  const stated = requirements.map(({ requirement }) => requirement);
  const title = clip(answer.title.trim() || stated.map(({ title }) => title).join('; '), 120);
  const plan = { version: 1 as const, title, requirements: stated, tasks: [...tasks] };
  return { plan, reasons, questions: answer.questions.map((each) => clip(each, 1_000)) };
}

function readRequirements(
  { requirements }: ModelAnswer,
  request: string,
  spanOf: ReturnType<typeof quotedText>,
): readonly { readonly given: string; readonly requirement: Requirement }[] {
  return requirements
    .map((each) => ({ each, span: spanOf(each.quote) as Span }))
    .sort((a, b) => a.span.start - b.span.start)
    .map(({ each, span }, index) => {
      const text = request.slice(span.start, span.end);
      const thresholds = readThresholds(text);
      const quality = each.category ?? nearestQuality(text) ?? 'operability';
      return {
        given: each.id,
        requirement: {
          id: requirementId(index + 1),
          kind: each.kind,
          ...(each.kind === 'functional' ? {} : { category: quality }),
          ...{ title: each.title.trim(), text, priority: each.priority },
          acceptance: each.acceptance.map((criterion) => criterion.trim()),
          ...(thresholds.length > 0 && { thresholds }),
          source: span,
        },
      };
    });
}
