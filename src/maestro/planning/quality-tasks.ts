import type { Requirement } from '../../domain/requirement.ts';
import type { Role } from '../../domain/role.ts';
import { readFacets, slug, type Facets } from './facets.ts';
import type { Feature } from './feature.ts';
import type { QualityCategory } from './quality-lexicon.ts';
import type { TaskDraft } from './task-draft.ts';

/** Who checks a quality, and who builds it where no feature carries it. */
const responsible: Readonly<
  Record<QualityCategory, { readonly check: Role; readonly build: Role }>
> = {
  performance: { check: 'test-engineer', build: 'backend' },
  scalability: { check: 'test-engineer', build: 'backend' },
  reliability: { check: 'test-engineer', build: 'backend' },
  availability: { check: 'validator', build: 'devops' },
  security: { check: 'security-auditor', build: 'backend' },
  legal: { check: 'security-auditor', build: 'backend' },
  usability: { check: 'validator', build: 'frontend' },
  look_and_feel: { check: 'validator', build: 'frontend' },
  maintainability: { check: 'code-reviewer', build: 'backend' },
  portability: { check: 'validator', build: 'devops' },
  compatibility: { check: 'validator', build: 'integration' },
  operability: { check: 'validator', build: 'devops' },
};
const seen = new Set<QualityCategory>(['usability', 'look_and_feel']);
const aboutStorage = new Set<QualityCategory>([
  'reliability',
  'scalability',
  'legal',
  'performance',
]);

/** A quality, the drafts that must have it, and the tasks that it needs itself. */
export interface QualityPlan {
  readonly requirement: Requirement;
  /** These drafts are told of it as a constraint. */
  readonly constrained: readonly TaskDraft[];
  readonly tasks: readonly TaskDraft[];
}

/** Plans how one non-functional requirement is built in and checked. */
export function qualityPlan(
  requirement: Requirement,
  features: readonly Feature[],
  drafts: readonly TaskDraft[],
): QualityPlan {
  const category = requirement.category ?? 'operability';
  const facets = readFacets(requirement);
  const builds = drafts.filter((draft) => draft.changesCode && draft.aspect !== 'tests');
  const concerned = concernedFeatures(facets.vocabulary, features);
  const objects = new Set(concerned.flatMap(({ stored }) => stored ?? []));
  const ids = new Set(concerned.map((feature) => feature.requirement.id));
  const pages = builds.filter(({ role }) => role === 'frontend');
  const own = builds.filter((draft) =>
    draft.aspect === 'data'
      ? aboutStorage.has(category) && draft.object !== undefined && objects.has(draft.object)
      : draft.requirements.some(({ id }) => ids.has(id)),
  );
  const visual = own.filter((draft) => pages.includes(draft));
  const relevant = seen.has(category) && visual.length > 0 ? visual : own;
  // "… in the page": whatever is named, every page is concerned.
  const constrained =
    facets.visible && !seen.has(category) ? [...new Set([...relevant, ...pages])] : relevant;
  const name = qualityName(facets, concerned);
  const shared = {
    requirements: [requirement],
    subject: facets.subject,
    action: facets.action,
    object: facets.object,
    changesCode: true,
  };
  const improvement: TaskDraft[] =
    constrained.length > 0
      ? []
      : [
          {
            ...shared,
            aspect: 'improve',
            id: `improve-${name}`,
            title: `Build in: ${requirement.title}`,
            role: responsible[category].build,
            goal: 'Change the existing product so that it has this quality. Measure or show it before and after.',
            produces: `code:${requirement.id}`,
            consumes: [
              {
                artifact: 'contract',
                reason: 'it follows the names and shapes that the contract fixes',
              },
            ],
          },
        ];
  const subjects = constrained.length > 0 ? constrained : improvement;
  const check: TaskDraft = {
    ...shared,
    aspect: category,
    id: `${category.replaceAll('_', '-')}-${name}`,
    title: `Check ${category.replaceAll('_', ' ')}: ${requirement.title}`,
    role: responsible[category].check,
    goal: 'Check that the product, as it is now, meets this requirement, and add an automated check that fails when it no longer does. Name the numbers that you measured. Mend what does not meet it.',
    produces: `check:${requirement.id}`,
    consumes: subjects.map(({ produces, title }) => ({
      artifact: produces,
      reason: `it checks the result of "${title}"`,
    })),
  };
  return { requirement, constrained, tasks: [...improvement, check] };
}

/** Verbs that say nothing of what is meant: "searching must take …". */
const empty = new Set('take be ensure provide limit have respond support keep-up work'.split(' '));

function qualityName(facets: Facets, concerned: readonly Feature[]): string {
  if (concerned.length === 1 && concerned[0]) return concerned[0].slug;
  if (!empty.has(facets.action)) return slug(`${facets.action}-${facets.object ?? ''}`);
  return slug(facets.subject.replace(/^(?:the|a|an|all|every|each)\s+/, ''));
}

/** Features that the words of the quality name: best by what is done, else by the object, else all. */
function concernedFeatures(
  vocabulary: ReadonlySet<string>,
  features: readonly Feature[],
): readonly Feature[] {
  const named = features.filter(({ stored }) => stored !== undefined && vocabulary.has(stored));
  const done = features.filter(({ facets }) => vocabulary.has(facets.action));
  const both = done.filter((feature) => named.includes(feature));
  return [both, done, named].find((found) => found.length > 0) ?? features;
}
