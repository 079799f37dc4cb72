import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./agent.mjs', import.meta.url));

/**
 * The scaffolder as an agent of one role. It stands where a coding agent would; see
 * examples/README.md for the lines that put one here.
 */
const scaffolder = (role, concurrency) => ({
  role,
  concurrency,
  executor: { type: 'command', command: ['node', program, role] },
});

export default {
  agents: {
    architect: scaffolder('architect', 1),
    'product-analyst': scaffolder('product-analyst', 1),
    research: scaffolder('research', 1),
    backend: scaffolder('backend', 3),
    frontend: scaffolder('frontend', 2),
    database: scaffolder('database', 2),
    integration: scaffolder('integration', 1),
    'test-engineer': scaffolder('test-engineer', 2),
    'security-auditor': scaffolder('security-auditor', 1),
    'code-reviewer': scaffolder('code-reviewer', 1),
    validator: scaffolder('validator', 1),
    devops: scaffolder('devops', 1),
    documentation: scaffolder('documentation', 1),
  },
};
