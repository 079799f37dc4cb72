/**
 * One agent of each kind. Take what you have; `aurora check` says what is missing.
 * Every setting is in docs/agents.md, models and their prices in docs/models.md.
 */
export default {
  agents: {
    // A coding agent by its name. It edits files; the task's check runs its tests.
    architect: { role: 'architect', executor: 'claude' },

    // Held by a sandbox it may do all that it likes there, and run the tests by itself.
    backend: {
      role: 'backend',
      capabilities: ['typescript'],
      executor: { type: 'codex', permissions: 'all' },
      sandbox: { type: 'bubblewrap', writable: ['~/.npm'] },
      maxMemory: '4 GB',
      strongerAgent: 'backend-large',
    },
    'backend-large': {
      role: 'backend',
      capabilities: ['typescript'],
      executor: { type: 'claude', model: 'opus' },
    },

    // A model with Aurora's own tools, for as much as it may cost.
    documentation: {
      role: 'documentation',
      executor: {
        type: 'model',
        model: 'local:qwen3:32b',
        commands: [['npm', 'run', 'lint']],
        maxSteps: 50,
        maxCostUsd: 1,
      },
    },

    // Any agent that editors can use.
    frontend: { role: 'frontend', executor: { type: 'acp', command: ['gemini', '--acp'] } },

    // Any program, without a network.
    'security-auditor': {
      role: 'security-auditor',
      executor: { type: 'command', command: ['semgrep', 'scan', '--error'] },
      sandbox: { type: 'bubblewrap', network: false },
    },
  },
  models: {
    local: {
      baseUrl: 'http://127.0.0.1:11434/v1',
      pricing: { 'qwen3:32b': { input: 0, output: 0 } },
    },
  },
  projects: {
    shop: { maxParallel: 4, setup: ['npm', 'ci'] },
  },
};
