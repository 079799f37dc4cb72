// The tasks that write documents, each from what is really there: the requirements, the route
// table, the outcome of a check that was run just now.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as readAll } from 'node:stream/consumers';
import { insertBefore, read, write } from './edits.mjs';
import { gatherEvidence } from './evidence.mjs';

/** architect: what the service takes and answers, as far as the requirements decide it. */
export function designContract(input, { numbers }) {
  const path = `docs/${input.task.id}.md`;
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return work(input, [
    async () => {
      await writeDocument(path, [
        `# ${input.task.title}`,
        section('Requirements', (input.requirements ?? []).map(describe)),
        'A note is `{ id, title, body, tags, createdAt }`; the service gives `id` and `createdAt`. ' +
          'What is refused is answered with `{ "error": "what is wrong" }`. Every change keeps to ' +
          '[the house rules](house-rules.md).',
        section(
          'Numbers',
          given.map(([name, value]) => `- ${name}: ${value}`),
        ),
      ]);
      return `wrote ${path}`;
    },
  ]);
}

/** documentation: the API as the route table has it. */
export function describeService(input) {
  return work(input, [
    async () => {
      const table = (await read('src/routes.js')) ?? '';
      const routes = [...table.matchAll(/route\('(\w+)', '([^']+)', '([^']+)'\)/g)];
      const rows = routes.map(([, method, path, handler]) => {
        return `| ${method} | \`${path}\` | [${handler}](../src/handlers/${handler}.js) |`;
      });
      await writeDocument('docs/api.md', [
        '# API',
        ['| Method | Path | Handler |', '| --- | --- | --- |', ...rows].join('\n'),
      ]);
      return `wrote docs/api.md with ${routes.length} routes`;
    },
    async () => {
      const added = [];
      for (const requirement of input.requirements ?? []) {
        const line = `- ${oneLine(requirement.title)} (${requirement.id})`;
        if (await insertBefore('README.md', '<!-- end of features -->', line)) added.push(line);
      }
      return `README.md: ${added.length} lines on what the service does`;
    },
  ]);
}

/** code-reviewer: the house rules, checked now. */
export function reviewCode(input) {
  return work(input, [
    async () => {
      const { code, output } = await runNode(['scripts/check.js']);
      await writeDocument(`docs/reviews/${input.task.id}.md`, [
        `# ${input.task.title}`,
        code === 0 ? 'Every house rule is kept.' : `Rules are broken:\n\n${quote(output)}`,
      ]);
      return code === 0 ? 'every house rule is kept' : 'house rules are broken; see the review';
    },
  ]);
}

/** validator: runs the tests and says which of them show which requirement. */
export function validateRun(input) {
  return work(input, [
    async () => {
      const { code, output } = await runNode(['--test-reporter=spec', 'scripts/test.js']);
      if (code !== 0) throw new Error(`the service's own tests fail:\n${output.slice(-4_000)}`);
      const passed = /^ℹ pass (\d+)/m.exec(output)?.[1];
      const evidence = gatherEvidence(input, []);
      const rows = (input.requirements ?? []).map((requirement) => {
        const tests = evidence[requirement.id] ?? [];
        const shown = tests.map((file) => `\`${file}\``).join(', ') || '**no test shows it**';
        return `| ${requirement.id} | ${cell(requirement.title)} | ${shown} |`;
      });
      await writeDocument('docs/validation.md', [
        `# ${input.task.title}`,
        `${passed} tests pass.`,
        ['| Requirement | Text | Shown by |', '| --- | --- | --- |', ...rows].join('\n'),
      ]);
      return `${passed} tests pass; wrote docs/validation.md`;
    },
  ]);
}

/** Whoever gets a task that there is no template for: says what was asked, and that it is open. */
export function noteDesign(input) {
  const { task } = input;
  const path = `docs/tasks/${task.id}.md`;
  return work(input, [
    async () => {
      await writeDocument(path, [
        `# ${task.title}`,
        'Design note: no code was written for this task, because the scaffolder has no template for it.',
        section('Asked', [task.prompt || 'No prompt.']),
        section('Requirements', (input.requirements ?? []).map(describe)),
      ]);
      return `no template fits this task; wrote only a design note, ${path}`;
    },
  ]);
}

/** Steps that each say what they did; the summary is all of it. */
function work(input, steps) {
  const said = [];
  return {
    steps: steps.map((step) => ({
      async run() {
        said.push(await step());
        return said.at(-1);
      },
    })),
    report: async () => ({
      summary: `${input.task.title}: ${said.join('; ')}`,
      result: { evidence: gatherEvidence(input, []) },
    }),
  };
}

async function runNode(args) {
  // A test runner that is started by another one reports to that one instead of to us.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'close'),
  ]);
  return { code, output: out + err };
}

const describe = ({ id, kind, title }) => `- ${id} (${kind}): ${title}`;
const section = (title, lines) => `## ${title}\n\n${lines.join('\n') || 'None.'}`;
const quote = (output) => output.trim().replace(/^/gm, '    ');
const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
const cell = (text) => oneLine(text).replaceAll('|', '\\|');
const writeDocument = (path, blocks) => write(path, `${blocks.join('\n\n')}\n`);
