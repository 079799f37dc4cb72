import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validate } from '../src/validate.js';

const fields = { name: { type: 'text', required: true, max: 3 }, words: { type: 'texts', max: 2 } };

test('returns the fields alone, trimmed and without repetition', () => {
  assert.deepEqual(validate({ name: ' abc ', words: ['a', 'a', 'b'] }, fields), {
    name: 'abc',
    words: ['a', 'b'],
  });
});

for (const [body, message] of [
  [[], /must be a JSON object/],
  [{}, /name must be a text/],
  [{ name: '  ' }, /name must not be empty/],
  [{ name: 'abcd' }, /name must be at most 3 characters long; it has 4/],
  [{ name: 'abc', words: 'a' }, /words must be a list of texts/],
  [{ name: 'abc', other: 1 }, /there is no field "other"/],
]) {
  test(`refuses ${JSON.stringify(body)}`, () => {
    assert.throws(() => validate(body, fields), { status: 400, message });
  });
}

test('counts characters, not code units', () => {
  assert.equal(validate({ name: '😀😀😀' }, fields).name, '😀😀😀');
});
