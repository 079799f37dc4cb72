// What can be built, piece by piece. A piece names the pieces it cannot be without: they are built
// too when no other task has done so yet, and built in exactly the same way, so that git merges
// branches that hold them twice.
import { create, insert, replace } from './edits.mjs';

const store = (heading, lines, requires = []) => ({
  requires,
  edits: () => [insert('src/store.js', heading, lines)],
});

/**
 * The habit that the demo is about: bodies are stored as they come, until a lesson names the house
 * rule which that breaks.
 */
const createBodyHandler = (name, rules) =>
  rules.has('validate-body')
    ? create(`src/handlers/${name}.js`, { over: `unvalidated/${name}.js` })
    : create(`src/handlers/${name}.js`, { from: `unvalidated/${name}.js` });

/** A route with its handler and the handler's test. */
const api = (name, heading, method, path, requires, { readsBody = false } = {}) => ({
  requires,
  tests: [`test/handlers/${name}.test.js`],
  edits: ({ rules }) => [
    insert('src/routes.js', heading, [`route('${method}', '${path}', '${name}'),`]),
    ...(readsBody ? [createBodyHandler(name, rules)] : [create(`src/handlers/${name}.js`)]),
    create(`test/handlers/${name}.test.js`),
  ],
  approach: ({ rules }) =>
    !readsBody
      ? undefined
      : rules.has('validate-body')
        ? `${name} validates the request body before it stores it`
        : `${name} stores the request body as it comes`,
});

/** A part of the page with its test. */
const ui = (folder, name, heading, requires = []) => ({
  requires,
  tests: [`test/page/${name}.test.js`],
  edits: () => [
    insert('src/page-parts.js', heading, [`part('${name}'),`]),
    create(`src/${folder}/${name}.js`),
    create(`test/page/${name}.test.js`),
  ],
});

const journey = (name, requires) => ({
  requires,
  tests: [`test/journeys/${name}.test.js`],
  edits: () => [create(`test/journeys/${name}.test.js`)],
});

const check = (name, requires, values = () => ({})) => ({
  requires,
  tests: [`test/checks/${name}.test.js`],
  edits: ({ numbers }) => [create(`test/checks/${name}.test.js`, { values: values(numbers) })],
});

export const pieces = {
  limits: {
    requires: [],
    edits: ({ numbers }) =>
      Object.entries({ title: 'titles', body: 'bodies', tag: 'tags' }).flatMap(
        ([field, heading]) => {
          const max = numbers[`${field}Characters`];
          return max ? insert('src/limits.js', heading, [`${field}Characters: ${max},`]) : [];
        },
      ),
  },

  'store:create': store('create', [
    'async createNote({ title, body }) {',
    '  const createdAt = new Date().toISOString();',
    '  const note = { id: crypto.randomUUID(), title, body, tags: [], createdAt };',
    '  data.notes.push(note);',
    '  await save();',
    '  return note;',
    '},',
  ]),
  // The service comes with it.
  'store:list': { requires: [], edits: () => [] },
  'store:newest-first': {
    requires: ['store:list'],
    edits: () => [
      replace(
        'src/store.js',
        'listNotes: () => [...data.notes],',
        'listNotes: () => data.notes.toReversed(),',
      ),
    ],
  },
  'store:search': {
    requires: ['store:list', 'contains-word'],
    edits: () => [
      insert('src/store.js', 'search', [
        'searchNotes(word) {',
        '  return this.listNotes().filter((note) => containsWord(note, word));',
        '},',
      ]),
      replace(
        'src/store.js',
        'import { createSaver',
        "import { containsWord } from './contains-word.js';\nimport { createSaver",
      ),
    ],
  },
  'contains-word': { requires: [], edits: () => [create('src/contains-word.js')] },
  'store:filter': store(
    'filter',
    [
      'notesTagged(tag) {',
      '  return this.listNotes().filter((note) => note.tags.includes(tag.toLowerCase()));',
      '},',
    ],
    ['store:list'],
  ),
  'store:tag': store('change', [
    'async tagNote(id, tags) {',
    '  const tagged = data.notes.find((note) => note.id === id);',
    '  if (!tagged) return undefined;',
    '  tagged.tags = [...new Set(tags.map((tag) => tag.toLowerCase()))];',
    '  await save();',
    '  return tagged;',
    '},',
  ]),
  'store:delete': store('delete', [
    'async deleteNote(id) {',
    '  const index = data.notes.findIndex((note) => note.id === id);',
    '  if (index < 0) return false;',
    '  data.notes.splice(index, 1);',
    '  await save();',
    '  return true;',
    '},',
  ]),

  'api:create': api('create-note', 'create', 'POST', '/api/notes', ['store:create', 'limits'], {
    readsBody: true,
  }),
  'api:list': api('list-notes', 'list', 'GET', '/api/notes', ['store:list']),
  'api:search': api('search-notes', 'search', 'GET', '/api/notes/search', ['store:search']),
  'api:filter': api('filter-notes', 'filter', 'GET', '/api/tags/:tag/notes', ['store:filter']),
  'api:tag': api('tag-note', 'change', 'PUT', '/api/notes/:id/tags', ['store:tag', 'limits'], {
    readsBody: true,
  }),
  'api:delete': api('delete-note', 'delete', 'DELETE', '/api/notes/:id', ['store:delete']),

  'ui:create': ui('sections', 'note-form', 'create'),
  'ui:list': ui('sections', 'note-list', 'list', ['store:list']),
  'ui:search': ui('sections', 'note-search', 'search', ['ui:list', 'contains-word']),
  'ui:filter': ui('sections', 'tag-filter', 'filter', ['ui:list']),
  'ui:tag': ui('note-parts', 'tag-form', 'tags', ['ui:list']),
  'ui:delete': ui('note-parts', 'delete-button', 'delete', ['ui:list']),

  'tests:create': journey('create-and-list', ['api:create', 'api:list']),
  'tests:list': journey('create-and-list', ['api:create', 'api:list']),
  'tests:search': journey('search', ['api:create', 'api:search']),
  'tests:filter': journey('tags', ['api:create', 'api:tag', 'api:filter']),
  'tests:tag': journey('tags', ['api:create', 'api:tag', 'api:filter']),
  'tests:delete': journey('delete', ['api:create', 'api:list', 'api:delete']),

  'check:title-limit': check('title-limit', ['limits', 'api:create'], (numbers) => ({
    __TITLE_MAX__: String(numbers.titleCharacters),
  })),
  'check:escaping': check('escaping', ['ui:search', 'ui:tag', 'ui:delete']),
  'check:newest-first': check('newest-first', ['store:newest-first', 'api:list', 'ui:list']),
  'check:search-speed': check('search-speed', ['api:search'], (numbers) => ({
    __NOTE_COUNT__: String(numbers.noteCount ?? 1_000),
    __MILLISECONDS__: String(numbers.milliseconds),
  })),
  'check:persistence': check('persistence', ['api:create', 'api:list']),
};

/** The pieces asked for and all that they cannot be without, those first. */
export function withRequired(names, found = new Set()) {
  for (const name of names) {
    withRequired(pieces[name].requires, found);
    found.add(name);
  }
  return [...found];
}
