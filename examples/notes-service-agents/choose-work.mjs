import {
  designContract,
  describeService,
  noteDesign,
  reviewCode,
  validateRun,
} from './documents.mjs';
import { gatherEvidence } from './evidence.mjs';
import { functionsNamed, qualitiesNamed, readNumbers } from './features.mjs';
import { pieces, withRequired } from './pieces.mjs';

/**
 * The layer that an aspect builds, and what it does about a quality that its task names. Qualities
 * are shown by checks; a layer that a check would reach beyond does its own part instead.
 */
const layers = {
  data: {
    prefix: 'store',
    qualities: {
      'title-limit': ['limits'],
      'newest-first': ['store:newest-first'],
      persistence: ['store:create'],
    },
  },
  api: { prefix: 'api' },
  ui: {
    prefix: 'ui',
    qualities: {
      'title-limit': ['limits', 'ui:create'],
      escaping: ['check:escaping'],
      'newest-first': ['check:newest-first'],
    },
  },
  tests: { prefix: 'tests' },
};
const documents = {
  contract: designContract,
  docs: describeService,
  review: reviewCode,
  validate: validateRun,
};

/**
 * The steps that carry out a task, and the report on them. `rules` are the house rules that lessons
 * taught. A task that nothing here fits gets a design note.
 */
export function chooseWork(input, rules) {
  const { task, requirements = [] } = input;
  const asked = typeof task.input === 'object' && task.input !== null ? task.input : {};
  const aspect = asked.aspect ?? task.id.split('-')[0];
  const words = requirements.map((one) => one.text ?? one.title).join('\n');
  const numbers = readNumbers([words, asked.text, task.title].join('\n'));

  if (Object.hasOwn(documents, aspect)) return documents[aspect](input, { words, numbers });
  const names = piecesFor(aspect, asked, task, words);
  return names.length > 0 ? build(names, input, { rules, numbers }) : noteDesign(input);
}

function piecesFor(aspect, asked, task, words) {
  const layer = Object.hasOwn(layers, aspect) ? layers[aspect] : undefined;
  const own = [asked.text, task.title].join('\n');
  const qualities = qualitiesNamed(asked.text ? own : `${own}\n${words}`).flatMap((quality) =>
    layer?.qualities ? (layer.qualities[quality] ?? []) : [`check:${quality}`],
  );
  if (!layer) return qualities;
  const functions = functionsFor(aspect, asked, own, words)
    .map((name) => `${layer.prefix}:${name}`)
    .filter((name) => Object.hasOwn(pieces, name));
  return [...functions, ...qualities];
}

/** A task that names its action is about that alone; one that does not is about all it mentions. */
function functionsFor(aspect, asked, own, words) {
  const byAction = asked.action ? functionsNamed(asked.action) : [];
  if (byAction.length > 0) return byAction.slice(0, 1);
  return functionsNamed(aspect === 'data' ? `${own}\n${words}` : own);
}

function build(names, input, ctx) {
  const all = withRequired(names);
  const changed = [];
  const steps = all.map((name) => ({
    async run() {
      let done = 0;
      for (const edit of pieces[name].edits(ctx)) done += (await edit()) ? 1 : 0;
      if (done > 0) changed.push(name);
      return done > 0 ? `${name}: ${done} edit(s)` : `${name}: already there`;
    },
  }));
  const approaches = all.flatMap((name) => pieces[name].approach?.(ctx) ?? []);
  const taught = ctx.rules.has('validate-body') && approaches.length > 0;

  async function report() {
    const tests = [...new Set(names.flatMap((name) => pieces[name].tests ?? []))];
    const built =
      changed.length > 0 ? `built ${changed.join(', ')}` : 'everything was there already';
    return {
      summary: [`${input.task.title}: ${built}`, ...approaches].join('; '),
      result: { built: changed, evidence: gatherEvidence(input, tests) },
      ...(taught && {
        patterns: [
          {
            content:
              'Notes service: a handler that reads a request body writes validate(await readBody(request), fields); house rule "validate-body" checks it.',
            tags: ['notes-service', 'validate-body'],
          },
        ],
      }),
    };
  }
  return { steps, report };
}
