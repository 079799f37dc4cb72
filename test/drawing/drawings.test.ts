import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dot } from '../../src/drawing/dot.ts';
import { drawnPlan } from '../../src/drawing/drawn-plan.ts';
import { mermaid } from '../../src/drawing/mermaid.ts';
import { svg } from '../../src/drawing/svg.ts';
import { terminalGraph } from '../../src/drawing/terminal-graph.ts';

const task = (id: string, dependsOn: string[] = [], title = id) => ({
  ...{ id, title, agent: 'backend', dependsOn },
});
const evil = `<script>"x"</script> \\ & ]`;

const diamond = drawnPlan(
  [
    task('contract'),
    task('data', ['contract']),
    task('page', ['contract'], evil),
    task('check', ['data', 'page', 'contract']),
  ],
  { check: { data: 'it checks "data"' } },
);

test('a terminal shows who waits for whom, and no edge that others imply', () => {
  expect(terminalGraph(diamond).map(({ rails, task: { id } }) => `${rails} ${id}`)).toEqual([
    '●   contract',
    '├─● data',
    '● │ page',
    '●─╯ check',
  ]);
});

describe('any plan in a terminal', () => {
  // Each task depends on some of those before it.
  const anyDag = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 25 }).map((lists) =>
    lists.map((picks, index) => {
      const before = index === 0 ? [] : [...new Set(picks.map((pick) => `t${pick % index}`))];
      return task(`t${index}`, before);
    }),
  );

  test('has one row and one node per task, dependencies above', () => {
    fc.assert(
      fc.property(anyDag, (tasks) => {
        const rows = terminalGraph(drawnPlan(tasks));
        const place = new Map(rows.map(({ task: { id } }, at) => [id, at]));
        expect(rows).toHaveLength(tasks.length);
        for (const { rails, task: own } of rows) {
          expect(rails.match(/●/g)).toHaveLength(1);
          for (const other of own.dependsOn) {
            expect(place.get(other)!).toBeLessThan(place.get(own.id)!);
          }
        }
      }),
    );
  });

  test('leaves no rail open at its end, and joins a task to just what it needs', () => {
    fc.assert(
      fc.property(anyDag, (tasks) => {
        const rows = terminalGraph(drawnPlan(tasks));
        const last = rows.at(-1)?.rails ?? '';
        expect(last).not.toMatch(/[│├┤┼]/);
        for (const { rails, task: own } of rows) {
          const joined = rails.match(/[├┤┼╰╯┴]/g)?.length ?? 0;
          expect(joined).toBeLessThanOrEqual(own.dependsOn.length);
          if (own.dependsOn.length === 0) expect(joined).toBe(0);
        }
      }),
    );
  });
});

test('text of a plan cannot break out of a drawing', () => {
  expect(mermaid(diamond)).toContain(
    't_page["#60;script#62;#34;x#34;#60;/script#62; #92; #38; #93;"]',
  );
  expect(dot(diamond)).toContain('[label="<script>\\"x\\"</script> \\\\ & ]"');
  expect(dot(diamond)).toContain('"data" -> "check" [tooltip="it checks \\"data\\""];');
  const drawn = svg(diamond);
  expect(drawn).toContain(
    '<title>page: &lt;script&gt;&quot;x&quot;&lt;/script&gt; \\ &amp; ]</title>',
  );
  expect(drawn).not.toContain('<script>');
  expect(drawn.match(/<path d="M/g)).toHaveLength(5);
});
