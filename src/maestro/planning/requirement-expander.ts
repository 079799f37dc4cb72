import type { Requirement } from '../../domain/requirement.ts';
import type { TaskDraft } from './task-draft.ts';
import { readFeatures } from './feature.ts';
import { relatedFeatures } from './feature-relations.ts';
import { dataTask, featureTasks } from './feature-tasks.ts';
import { qualityPlan } from './quality-tasks.ts';
import type { RepositoryFacts } from './repository-facts.ts';
import { linkDrafts, type ExpandedPlan } from './task-linking.ts';

/**
 * Expands requirements into atomic tasks and infers their order from what each makes and needs:
 * the contract first, then storage, code and pages, then tests and checks, documents and one final
 * validation of everything. Pure and deterministic.
 */
export function expandRequirements(
  requirements: readonly Requirement[],
  repository: RepositoryFacts,
): ExpandedPlan {
  const functional = requirements.filter(({ kind }) => kind === 'functional');
  const features = readFeatures(functional, repository.hasFrontEnd);
  const stored = [...new Set(features.flatMap(({ stored }) => stored ?? []))];
  const drafts: TaskDraft[] = [
    contractTask(requirements),
    ...stored.map((object) =>
      dataTask(
        object,
        features.filter((feature) => feature.stored === object),
      ),
    ),
    ...features.flatMap((feature) => featureTasks(feature, relatedFeatures(feature, features))),
  ];
  const qualities = requirements
    .filter(({ kind }) => kind === 'non_functional')
    .map((requirement) => qualityPlan(requirement, features, drafts));
  const work = [...drafts, ...qualities.flatMap(({ tasks }) => tasks)];
  const documented = [...work, documentationTask(requirements, work)];
  const constraints = new Map<TaskDraft, Requirement[]>();
  for (const { requirement, constrained } of qualities) {
    for (const draft of constrained) {
      constraints.set(draft, [...(constraints.get(draft) ?? []), requirement]);
    }
  }
  return linkDrafts(
    [...documented, validationTask(requirements, documented)],
    constraints,
    repository,
  );
}

function contractTask(requirements: readonly Requirement[]): TaskDraft {
  return {
    aspect: 'contract',
    id: 'contract',
    title: 'Contract: names, data shapes, interfaces, errors',
    role: 'architect',
    requirements,
    goal: 'Read the repository and the requirements, then fix in one short document what all later tasks rely on: the names of things, data shapes with their limits, endpoints or functions with inputs, outputs and errors, and in which files they shall live. Decide; leave nothing open that two tasks could decide differently. Do not implement.',
    subject: 'architect',
    action: 'agree',
    object: 'contract',
    produces: 'contract',
    consumes: [],
    changesCode: false,
  };
}

function documentationTask(
  requirements: readonly Requirement[],
  work: readonly TaskDraft[],
): TaskDraft {
  const described = work.filter(
    ({ changesCode, aspect, produces }) =>
      changesCode && aspect !== 'tests' && /^(?:code|ui):/.test(produces),
  );
  return {
    aspect: 'docs',
    id: 'docs',
    title: 'Documentation of what was built',
    role: 'documentation',
    requirements,
    goal: 'Bring the documentation up to date with what was built: how to use each ability, its limits and errors, how to run and test it. Describe what the code does, not what was planned.',
    subject: 'documentation',
    action: 'document',
    object: undefined,
    produces: 'docs',
    consumes: [
      { artifact: 'contract', reason: 'it describes the interfaces that the contract fixes' },
      ...described.map(({ produces, title }) => ({
        artifact: produces,
        reason: `it describes the result of "${title}"`,
      })),
    ],
    changesCode: false,
    scope: ['**/*.md', 'docs/**'],
  };
}

/** Depends on all that nothing else depends on, and so on everything. */
function validationTask(
  requirements: readonly Requirement[],
  all: readonly TaskDraft[],
): TaskDraft {
  const used = new Set(all.flatMap(({ consumes }) => consumes.map(({ artifact }) => artifact)));
  return {
    aspect: 'validate',
    id: 'validate',
    title: 'Validate the whole against every requirement',
    role: 'validator',
    requirements,
    goal: 'Go through the requirements one by one against the merged result: run the tests, try each ability, and report for each requirement whether it is met and how you know. Mend small faults; report large ones as a failure.',
    subject: 'validator',
    action: 'validate',
    object: undefined,
    produces: 'validation',
    consumes: all
      .filter(({ produces }) => !used.has(produces))
      .map(({ produces, title }) => ({
        artifact: produces,
        reason: `it validates the result of "${title}"`,
      })),
    changesCode: true,
  };
}
