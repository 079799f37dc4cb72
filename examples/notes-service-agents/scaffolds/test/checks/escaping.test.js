import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

const note = (id, more) => ({
  id,
  title: `Title ${id}`,
  body: `Body ${id}`,
  tags: [],
  createdAt: '2024-01-01T00:00:00.000Z',
  ...more,
});

const attacks = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onclick='alert(1)",
];

for (const attack of attacks) {
  test(`shows ${attack} as text`, async (t) => {
    const notes = [note('a', { title: attack, body: attack, tags: [attack] })];
    const service = await startService(t, { notes });
    const page = await service.page(`?word=${encodeURIComponent(attack)}`);
    assert.ok(!page.includes(attack));
    assert.ok(
      page.includes(
        attack
          .replaceAll('<', '&lt;')
          .replaceAll('>', '&gt;')
          .replaceAll('"', '&quot;')
          .replaceAll("'", '&#39;'),
      ),
    );
  });
}

test('the browser is told to run no script but ours', async (t) => {
  const service = await startService(t);
  const response = await fetch(service.url, { headers: { connection: 'close' } });
  await response.text();
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
});
