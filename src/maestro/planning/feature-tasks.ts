import { plural } from './sentences.ts';
import type { Feature } from './feature.ts';
import { about, contractEdge } from './feature-draft.ts';
import { loginTasks } from './login-tasks.ts';
import type { TaskDraft } from './task-draft.ts';

/** One task that prepares the storage of an object, for all requirements that work on it. */
export function dataTask(object: string, features: readonly Feature[]): TaskDraft {
  const name = object.replaceAll('-', ' ');
  const attributes = [...new Set(features.flatMap(({ facets }) => facets.attributes))];
  const fields =
    attributes.length > 0 ? ` The request names these fields: ${attributes.join(', ')}.` : '';
  return {
    aspect: 'data',
    id: `data-${object}`,
    title: `Data model and storage of ${plural(name)}`,
    role: 'database',
    requirements: features.map(({ requirement }) => requirement),
    goal: `Provide the data model and the storage access for ${plural(name)}: schema or record type, and the operations that the requirements below need.${fields} No endpoints and no pages; others build those on top of what you leave.`,
    subject: name,
    action: 'store',
    object,
    fields: attributes,
    produces: `data:${object}`,
    consumes: [contractEdge],
    changesCode: true,
  };
}

/** The tasks of one functional requirement, without its storage: code, page, tests. */
export function featureTasks(feature: Feature, related: readonly Feature[]): TaskDraft[] {
  const built =
    feature.lane === 'authentication' ? loginTasks(feature) : implementation(feature, related);
  const tested = built.filter(({ changesCode }) => changesCode);
  if (tested.length === 0 || feature.lane === 'tests') return built;
  // The last step of a chain stands for the steps before it.
  const ends = tested.filter(
    ({ produces }) => !tested.some(({ consumes }) => consumes.some((c) => c.artifact === produces)),
  );
  return [
    ...built,
    {
      ...about(feature),
      aspect: 'tests',
      id: `tests-${feature.slug}`,
      title: `Tests: ${feature.requirement.title}`,
      role: 'test-engineer',
      goal: 'Write automated tests that fail when this requirement is broken: the normal case, the limits, and wrong input. Test behaviour through the public interface. Correct the code where a test shows that it is wrong.',
      produces: `tests:${feature.requirement.id}`,
      consumes: ends.map(({ produces, title }) => ({
        artifact: produces,
        reason: `it tests the result of "${title}"`,
      })),
      changesCode: true,
    },
  ];
}

function implementation(feature: Feature, related: readonly Feature[]): TaskDraft[] {
  const { requirement, lane, stored, slug } = feature;
  const drafts: TaskDraft[] = [];
  const data =
    stored === undefined
      ? []
      : [
          {
            artifact: `data:${stored}`,
            reason: `it reads or writes the ${stored.replaceAll('-', ' ')} storage`,
          },
        ];
  const base = data.length > 0 ? data : [contractEdge];
  const refined = related.map((other) => ({
    artifact: `code:${other.requirement.id}`,
    reason: `it builds on "${other.requirement.title}"`,
  }));
  const draft = (
    rest: Pick<TaskDraft, 'aspect' | 'role' | 'goal' | 'title'> & Partial<TaskDraft>,
  ) =>
    drafts.push({
      ...about(feature),
      id: `${rest.aspect}-${slug}`,
      produces: `code:${requirement.id}`,
      consumes: [...base, ...refined],
      changesCode: true,
      ...rest,
    });
  const { title } = requirement;
  if (lane === 'backend') {
    draft({
      aspect: 'api',
      role: 'backend',
      title: `Backend: ${title}`,
      goal: 'Implement the server side of this requirement: the endpoint or function, its checks of input, its errors. Follow the contract; reuse the storage that is there. No pages.',
    });
  } else if (lane === 'integration') {
    draft({
      aspect: 'integration',
      role: 'integration',
      title: `Integration: ${title}`,
      goal: 'Connect to the other system as this requirement says: client, time limits, retries, errors, configuration through the environment. Nothing of it may need the network in tests.',
    });
  } else if (lane === 'deployment') {
    draft({
      aspect: 'deploy',
      role: 'devops',
      title: `Delivery: ${title}`,
      goal: 'Write the build, delivery or deployment files that this requirement asks for. No secret may stand in them.',
    });
  } else if (lane === 'research') {
    draft({
      aspect: 'research',
      role: 'research',
      title: `Research: ${title}`,
      goal: 'Find the answer that this requirement asks for and write it down in a short document with its sources and a recommendation.',
      consumes: [contractEdge],
      changesCode: false,
    });
  } else if (lane === 'tests') {
    draft({
      aspect: 'tests',
      role: 'test-engineer',
      title: `Tests: ${title}`,
      goal: 'Write the automated tests that this requirement asks for.',
    });
  }
  if (feature.visible) {
    draft({
      aspect: 'ui',
      role: 'frontend',
      title: `Front end: ${title}`,
      goal: 'Implement what people see and use of this requirement: markup, behaviour, messages for wrong input, use by keyboard. Call the server as the contract says.',
      produces: `ui:${requirement.id}`,
      consumes: [
        contractEdge,
        ...related
          .filter((r) => r.visible)
          .map((r) => ({
            artifact: `ui:${r.requirement.id}`,
            reason: `it changes the page of "${r.requirement.title}"`,
          })),
      ],
    });
  }
  return drafts;
}
