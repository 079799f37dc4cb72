import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBreaches } from '../scripts/house-rules.js';

const tick = '`';
const breaking = {
  'validate-body': ['src/handlers/x.js', 'store.add(await readBody(request))'],
  'escape-html': ['src/sections/x.js', `return ${tick}<b>\${title}</b>${tick}`],
  'no-inline-script': ['src/sections/x.js', `html${tick}<script>go()</script>${tick}`],
  'handler-test': ['src/handlers/x.js', ''],
  'handler-route': ['src/handlers/x.js', ''],
};

for (const [rule, [file, text]] of Object.entries(breaking)) {
  test(`${rule} is noticed`, () => {
    const found = findBreaches(new Map([[file, text]])).filter((breach) => breach.rule === rule);
    assert.deepEqual(
      found.map((breach) => breach.file),
      [file],
    );
  });
}

test('good code passes', () => {
  const files = new Map([
    ['src/routes.js', "  route('POST', '/x', 'x'),"],
    ['src/handlers/x.js', `validate(await readBody(request), {}); html${tick}<p>\${a}</p>${tick}`],
    ['test/handlers/x.test.js', ''],
  ]);
  assert.deepEqual(findBreaches(files), []);
});
