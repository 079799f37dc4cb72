import type { Command } from 'commander';

interface CommandEntry {
  /** Name and arguments. */
  readonly usage: string;
  readonly description: string;
  /** Adds options, subcommands and action. */
  readonly load: () => Promise<(command: Command) => void>;
}

/**
 * Every command, in the order of the help. Only the one that was asked for is loaded: all of them
 * together take seconds.
 */
export const commands: readonly CommandEntry[] = [
  {
    usage: 'up',
    description: 'run everything in one process: services, Maestro, all agents, dashboard',
    load: async () => (await import('./up.ts')).defineUp,
  },
  {
    usage: 'demo',
    description: 'watch a fleet build a small service from a few sentences; needs nothing set up',
    load: async () => (await import('./demo.ts')).defineDemo,
  },
  {
    usage: 'run [requirement]',
    description: 'submit a requirement in plain language, or a plan',
    load: async () => (await import('./run.ts')).defineRun,
  },
  {
    usage: 'plan [requirement]',
    description: 'parse, expand, depend and assign, and show it; nothing is recorded or enqueued',
    load: async () => (await import('./plan.ts')).definePlan,
  },
  {
    usage: 'status [run]',
    description: 'all runs, or one run in full',
    load: async () => (await import('./status.ts')).defineStatus,
  },
  {
    usage: 'tasks <run>',
    description: "a run's tasks: state, agent, attempts, and what they wait for",
    load: async () => (await import('./status.ts')).defineTasks,
  },
  {
    usage: 'graph <run>',
    description: "a run's DAG: what waits for what",
    load: async () => (await import('./graph.ts')).defineGraph,
  },
  {
    usage: 'trace [requirement]',
    description: 'from a requirement to its tasks, attempts, commits and checks; all: the coverage',
    load: async () => (await import('./trace.ts')).defineTrace,
  },
  {
    usage: 'logs <task>',
    description: "a task's attempts with their output; TASK (of the latest run) or RUN/TASK",
    load: async () => (await import('./logs.ts')).defineLogs,
  },
  {
    usage: 'abort <run>',
    description: 'stop a run: what waits is dropped, what runs is stopped, work is kept',
    load: async () => (await import('./run-control.ts')).defineAbort,
  },
  {
    usage: 'pause <run>',
    description: 'pause a run: what runs is finished, nothing new starts',
    load: async () => (await import('./run-control.ts')).definePause,
  },
  {
    usage: 'resume <run>',
    description: 'let a paused run go on',
    load: async () => (await import('./run-control.ts')).defineResume,
  },
  {
    usage: 'approve <run>',
    description: 'start a run whose plan waits for approval',
    load: async () => (await import('./run-control.ts')).defineApprove,
  },
  {
    usage: 'amend <run> [change]',
    description: 'change the requirements of a run, or send its plan back with comments',
    load: async () => (await import('./amend.ts')).defineAmend,
  },
  {
    usage: 'deliver <run>',
    description: "hand a run's work over: move a branch, open a pull request, write a patch",
    load: async () => (await import('./deliver.ts')).defineDeliver,
  },
  {
    usage: 'retry <run>',
    description: 'let a run go on from where it failed or was aborted; finished work stays',
    load: async () => (await import('./run-control.ts')).defineRetry,
  },
  {
    usage: 'priority <run>',
    description: 'put a run before or after others, also what waits already',
    load: async () => (await import('./limits.ts')).definePriority,
  },
  {
    usage: 'limit <run>',
    description: 'how many tasks of a run may run at once',
    load: async () => (await import('./limits.ts')).defineLimit,
  },
  {
    usage: 'projects [project]',
    description: 'the projects, and how many tasks of each may run at once',
    load: async () => (await import('./limits.ts')).defineProjects,
  },
  {
    usage: 'escalations',
    description: 'questions that wait for a human: list, show, answer',
    load: async () => (await import('./escalations.ts')).defineEscalations,
  },
  {
    usage: 'agents',
    description: 'the configured agents with their live workers, load and recent success',
    load: async () => (await import('./agents.ts')).defineAgents,
  },
  {
    usage: 'memory',
    description: 'what the fleet has learned: add, search, forget, promote',
    load: async () => (await import('./memory.ts')).defineMemory,
  },
  {
    usage: 'mcp',
    description: 'serve the tools of the Model Context Protocol on stdin and stdout',
    load: async () => (await import('./mcp.ts')).defineMcp,
  },
  {
    usage: 'merge-file <base> <left> <right>',
    description:
      'merge three versions of a file into LEFT, resolving what is sure, without a model',
    load: async () => (await import('./merge-file.ts')).defineMergeFile,
  },
  {
    usage: 'migrate',
    description: 'bring the database up to date; safe to run twice, and from several machines',
    load: async () => (await import('./migrate.ts')).defineMigrate,
  },
  {
    usage: 'check',
    description: 'check configuration and services: errors and warnings',
    load: async () => (await import('./check.ts')).defineCheck,
  },
  {
    usage: 'web',
    description: 'run the web server alone, on shared services',
    load: async () => (await import('./serve.ts')).defineWeb,
  },
  {
    usage: 'maestro',
    description: 'run Maestro alone, on shared services',
    load: async () => (await import('./serve.ts')).defineMaestro,
  },
  {
    usage: 'worker',
    description: 'run agents alone, on shared services',
    load: async () => (await import('./serve.ts')).defineWorker,
  },
];
