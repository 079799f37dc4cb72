import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Role } from '../../../src/domain/role.ts';
import { noRepositoryFacts } from '../../../src/maestro/planning/repository-facts.ts';
import { expandRequirements } from '../../../src/maestro/planning/requirement-expander.ts';
import { parseRequirements } from '../../../src/maestro/planning/requirement-parser.ts';

const folder = path.join(import.meta.dirname, 'golden');
const requests = readdirSync(folder).filter((name) => !name.endsWith('.json'));

/** What a good plan must contain at least: roles, and tasks by their ids. */
const musts: Readonly<Record<string, { roles: readonly Role[]; tasks: readonly RegExp[] }>> = {
  'shop.md': {
    roles: ['architect', 'backend', 'test-engineer', 'security-auditor', 'validator'],
    tasks: [/search-product/, /performance-/, /availability-/],
  },
  'cli-tool.txt': { roles: ['backend', 'test-engineer'], tasks: [/json-option/, /performance-/] },
  'data-pipeline.txt': { roles: ['backend', 'test-engineer'], tasks: [/import-order/] },
  'mobile-backend.md': {
    roles: ['frontend', 'backend', 'database', 'test-engineer'],
    tasks: [/^form-login$/, /^tokens-login$/, /upload-photo/],
  },
  'refactoring.txt': {
    roles: ['backend', 'code-reviewer'],
    tasks: [/write-test/, /compatibility-/],
  },
  'bug-fix.txt': { roles: ['backend', 'test-engineer'], tasks: [/fix-crash/] },
  'search.feature': { roles: ['backend', 'test-engineer'], tasks: [/search-note/, /export-note/] },
};

describe('golden requests', () => {
  for (const name of requests) {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const { requirements, questions } = parseRequirements(text);

    test(`${name} is read as it was`, async () => {
      await expect(`${JSON.stringify({ requirements, questions }, null, 2)}\n`).toMatchFileSnapshot(
        path.join(folder, `${name}.json`),
      );
    });

    test(`${name}: every requirement names the exact place that it was read from`, () => {
      for (const { source, text: words, id } of requirements) {
        expect([id, text.slice(source?.start, source?.end)]).toEqual([id, words]);
      }
      expect(parseRequirements(text).requirements).toEqual(requirements);
    });

    test(`${name} becomes a plan that leaves no requirement out`, () => {
      const { tasks, reasons } = expandRequirements(requirements, noRepositoryFacts);
      const served = new Set(tasks.flatMap((task) => task.requirements));
      expect([...served].sort()).toEqual(requirements.map(({ id }) => id).sort());
      for (const { id, dependsOn } of tasks) {
        expect(Object.keys(reasons[id] ?? {}).sort()).toEqual([...dependsOn].sort());
      }
      const { roles = [], tasks: wanted = [] } = musts[name] ?? {};
      expect(tasks.map(({ role }) => role)).toEqual(expect.arrayContaining([...roles]));
      for (const pattern of wanted) {
        expect(tasks.map(({ id }) => id)).toContainEqual(expect.stringMatching(pattern));
      }
    });
  }
});
