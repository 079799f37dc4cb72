import { runProcess } from '../src/cli/run-process.ts';

// The names of agents or roles to serve, comma-separated; all of them when none are given.
await runProcess({ agents: process.argv[2] ?? 'all' });
