import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeFile } from '../../src/merging/merge-file.ts';

const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd {', '}', '', 'x = 1;', '  y(2)'), { maxLength: 12 })
  .map((each) => each.join('\n'));

const merge = (base: string, left: string, right: string, name = 'a.txt') =>
  mergeFile({ path: name, base, left, right });

test('a side that changed nothing gives way, and equal sides agree', () => {
  fc.assert(
    fc.property(lines, lines, (base, side) => {
      expect(merge(base, side, base)).toEqual({ text: side, conflicts: [], resolved: true });
      expect(merge(base, base, side)).toEqual({ text: side, conflicts: [], resolved: true });
      expect(merge(base, side, side)).toEqual({ text: side, conflicts: [], resolved: true });
    }),
  );
});

test('a conflict in a file of very many lines', () => {
  const text = (first: string) => `${first}\n${'line\n'.repeat(200_000)}`;
  const { resolved, conflicts } = merge(text('a = 1'), text('a = 2'), text('a = 3'));
  expect([resolved, conflicts.length]).toEqual([false, 1]);
});

test('which side is called left only decides the order of additions', () => {
  fc.assert(
    fc.property(lines, lines, lines, (base, left, right) => {
      const one = merge(base, left, right);
      const other = merge(base, right, left);
      expect(one.resolved).toBe(other.resolved);
      if (one.resolved) {
        expect(one.text.split('\n').sort()).toEqual(other.text.split('\n').sort());
      }
    }),
  );
});

test('every line of the result comes from a side, and markers stand exactly where it says', () => {
  fc.assert(
    fc.property(lines, lines, lines, (base, left, right) => {
      const { text, conflicts, resolved } = merge(base, left, right);
      const left_ = conflicts.filter((each) => !each.resolved);
      expect(text.match(/^<{7} left$/gm)?.length ?? 0).toBe(left_.length);
      expect(resolved).toBe(left_.length === 0);
      const written = text.split('\n');
      for (const { line } of left_) expect(written[line - 1]).toBe('<<<<<<< left');
    }),
  );
});

test('what git merges without conflict is merged in the same way', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'aurora-merge-'));
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const distinct = Array.from({ length: 30 }, (_, index) => `line ${index}\n`);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(29), fc.constantFrom('changed', 'gone', 'more')), { maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(29), fc.constantFrom('changed', 'gone', 'more')), { maxLength: 5 }),
      (leftEdits, rightEdits) => {
        const edit = (edits: [number, string][], who: string) =>
          distinct
            .map((line, index) => {
              const what = edits.find(([at]) => at === index)?.[1];
              if (what === 'changed') return `${who} ${line}`;
              return what === 'gone' ? '' : what === 'more' ? `${line}${who}\n` : line;
            })
            .join('');
        const [left, right] = [edit(leftEdits, 'left'), edit(rightEdits, 'right')];
        const files = [write('l', left), write('b', distinct.join('')), write('r', right)];
        let theirs: string | undefined;
        try {
          theirs = execFileSync('git', ['merge-file', '-p', ...files], {
            stdio: 'pipe',
          }).toString();
        } catch (error) {
          if ((error as { status?: number }).status === undefined) throw error;
        }
        const ours = merge(distinct.join(''), left, right);
        if (theirs !== undefined) expect(ours).toMatchObject({ text: theirs, conflicts: [] });
        else expect(ours.conflicts.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 40 },
  );
});

test('line ends follow the side that changed them', () => {
  const crlf = (text: string) => text.replaceAll('\n', '\r\n');
  const base = 'one\ntwo\nthree\n';
  const left = 'one\nTWO\nthree\n';
  const right = 'one\ntwo\nthree\nfour\n';
  expect(merge(crlf(base), crlf(left), crlf(right)).text).toBe(crlf('one\nTWO\nthree\nfour\n'));
  expect(merge(base, crlf(left), right).text).toBe(crlf('one\nTWO\nthree\nfour\n'));
  expect(merge(crlf(base), crlf(left), right).text).toBe('one\nTWO\nthree\nfour\n');
});

test('sides that have nothing in common are left in reasonable time', () => {
  const many = (word: string) => Array.from({ length: 8_000 }, (_, i) => `${word} ${i}`).join('\n');
  const { resolved, conflicts } = merge(many('base'), many('left'), many('right'));
  expect(resolved).toBe(false);
  expect(conflicts).toHaveLength(1);
});

test('JSON: both sides add a last entry, and a key that both set is left', () => {
  const json = (entries: Record<string, number>) => JSON.stringify(entries, null, 2);
  const added = merge(
    json({ a: 1, b: 2 }),
    json({ a: 1, b: 2, c: 3 }),
    json({ a: 1, b: 2, d: 4 }),
    'x.json',
  );
  expect(added.resolved).toBe(true);
  expect(JSON.parse(added.text)).toEqual({ a: 1, b: 2, c: 3, d: 4 });
  const same = merge(json({ a: 1 }), json({ a: 2 }), json({ a: 3 }), 'x.json');
  expect(same.resolved).toBe(false);
});

test('a lock file is left to its package manager, however clear the merge looks', () => {
  const lock = (a: string, b: string) => `a@1:\n  version "${a}"\nb@1:\n  version "${b}"\n`;
  const { resolved, doubt } = merge(
    lock('1.0.0', '1.0.0'),
    lock('1.0.1', '1.0.0'),
    lock('1.0.2', '1.0.0'),
    'web/yarn.lock',
  );
  expect(resolved).toBe(false);
  expect(doubt).toContain('yarn install');
});

test('a name that one side has removed does not come back through new lines of the other', () => {
  const text = (name: string, call: string) => `const ${name} = 3;\n\n${call}\nend();\n`;
  const { resolved, doubt } = merge(
    text('size', 'use(limit);'),
    text('count', 'use(count, limit);'),
    `${text('size', 'use(limit, other);')}check(size);\n`,
    'a.js',
  );
  expect(resolved).toBe(false);
  expect(doubt).toContain('size');
});
