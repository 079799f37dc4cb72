import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html } from '../src/html.js';

test('escapes every value, in elements and attributes', () => {
  const value = `<script>"'&`;
  assert.equal(
    String(html`<p title="${value}">${value}</p>`),
    '<p title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</p>',
  );
});

test('joins lists and keeps nested html', () => {
  const items = ['a', '<'].map((text) => html`<b>${text}</b>`);
  assert.equal(String(html`<p>${items}</p>`), '<p><b>a</b><b>&lt;</b></p>');
});
