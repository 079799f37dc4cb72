import type { Requirement } from '../../domain/requirement.ts';
import type { RepositoryFacts } from './repository-facts.ts';
import type { TaskDraft } from './task-draft.ts';

/** Limit of the task schema, with room to spare. */
const maxPromptLength = 90_000;
/** Beyond this many requirements a prompt names only their titles. */
export const maxDetailed = 12;

/** Writes the brief of one task: what, why, the requirements, constraints, acceptance, scope. */
export function taskPrompt(
  draft: TaskDraft,
  constraints: readonly Requirement[],
  facts: RepositoryFacts,
): string {
  const detailed = draft.requirements.length <= maxDetailed;
  const acceptance = detailed
    ? draft.requirements.flatMap(({ id, acceptance }) =>
        acceptance.map((criterion) => `- ${id}: ${criterion}`),
      )
    : [];
  const parts = [
    `# ${draft.title}`,
    draft.goal,
    section(
      'Requirements served',
      draft.requirements.map((one) => describe(one, detailed)),
    ),
    section(
      'Constraints that the result must also meet',
      constraints.map((one) => describe(one, true)),
    ),
    section('Acceptance', acceptance),
    section('Scope', [
      draft.changesCode
        ? '- Change only what this task needs; other agents work on the other tasks of the same plan at the same time.'
        : '- Write documents only; do not change code.',
      ...(draft.scope?.length ? [`- Files: ${draft.scope.join(', ')}`] : []),
      ...(facts.languages.length > 0
        ? [
            `- The repository is written in ${facts.languages.slice(0, 3).join(', ')}; keep its style and add no dependency without need.`,
          ]
        : []),
      ...(facts.frameworks.length > 0 ? [`- It uses ${facts.frameworks.join(', ')}.`] : []),
      ...(facts.layout.length > 0
        ? [`- Its folders, with their numbers of files: ${facts.layout.join(', ')}.`]
        : []),
      ...(facts.testCommand && draft.changesCode
        ? [`- \`${facts.testCommand.join(' ')}\` must pass when you are done.`]
        : []),
    ]),
    section('What the repository tells whoever works on it', facts.houseRules?.split('\n') ?? []),
  ];
  return parts
    .filter((part) => part !== '')
    .join('\n\n')
    .slice(0, maxPromptLength);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n${lines.join('\n')}`;
}

function describe({ id, title, text, priority, category }: Requirement, detailed: boolean): string {
  const label = `- ${id} (${[priority, category].filter(Boolean).join(', ')}): ${title}`;
  const own = text?.replace(/\s+/g, ' ').trim();
  return detailed && own !== undefined && own !== title
    ? `${label}\n  In the words of the request: "${own}"`
    : label;
}
