import { readFile } from 'node:fs/promises';
import type { Agent } from '../../../domain/agent.ts';
import type { Problem } from '../../../domain/errors.ts';
import type { RepositoryFacts } from '../repository-facts.ts';
import { maxModelTasks } from './answer-problems.ts';

/** Problems that a model is told at once, and characters of each. */
const maxProblems = 30;
const maxProblemLength = 500;

export interface PlannerPrompts {
  readonly system: string;
  readonly request: string;
  readonly repair: (problems: readonly Problem[]) => string;
}

/**
 * The words by which a model is asked for a plan. What others wrote stands between lines with a mark
 * that they could not know.
 *
 * @param mark unguessable
 */
export async function plannerPrompts(
  mark: string,
  asked: {
    readonly request: string;
    readonly agents: readonly Agent[];
    readonly facts: RepositoryFacts;
  },
): Promise<PlannerPrompts> {
  const [system, request, repair] = await Promise.all(['plan', 'request', 'repair'].map(template));
  const { agents, facts } = asked;
  const { houseRules } = facts;
  return {
    system: fill(system, { mark, maxTasks: String(maxModelTasks) }),
    request: fill(request, {
      ...{ mark, request: asked.request, houseRules: houseRules ?? '(nothing)' },
      roles: [...new Set(agents.map(({ role }) => `- ${role}`))].join('\n'),
      facts: factLines(facts).join('\n'),
    }),
    repair: (problems) => fill(repair, { mark, problems: problemLines(problems).join('\n') }),
  };
}

function template(name: string): Promise<string> {
  return readFile(new URL(`../prompts/${name}.md`, import.meta.url), 'utf8');
}

/** In one pass: what is put in is not looked at again, whatever it holds. */
function fill(text: string | undefined, values: Readonly<Record<string, string>>): string {
  return (text ?? '').replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Only names that Aurora itself chose or that a file system gave; prose of the repository is fenced. */
function factLines(facts: RepositoryFacts): string[] {
  const { languages, frameworks, layout, testCommand } = facts;
  if (languages.length + layout.length === 0) return ['It is empty, or there is none.'];
  const listed = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`- ${name}: ${JSON.stringify(values)}`];
  return [
    ...listed('Languages, most files first', languages),
    ...listed('Frameworks', frameworks),
    ...listed('Top folders with their numbers of files', layout),
    ...listed('Its tests are run by', testCommand ?? []),
  ];
}

function problemLines(problems: readonly Problem[]): string[] {
  const shown = problems
    .slice(0, maxProblems)
    .map(({ path, message }) => `- ${path}: ${message}`.slice(0, maxProblemLength));
  const left = problems.length - shown.length;
  return left > 0 ? [...shown, `- and ${left} more of the kind`] : shown;
}
