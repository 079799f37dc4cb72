import type { Mood } from './model-server.ts';

/** What models do, and how far the programs may go. */
export interface Scenario {
  readonly mood: Mood;
  readonly permissions: 'edit' | 'all';
  readonly sandboxed: boolean;
  /** Of one attempt. */
  readonly timeout: string;
  /** Of all attempts and of waiting. */
  readonly deadline: string;
}

const usual = {
  mood: 'works',
  permissions: 'edit',
  sandboxed: false,
  timeout: '10m',
  deadline: '20m',
} as const;

export const scenarios: Readonly<Record<string, Scenario>> = {
  edit: usual,
  sandbox: { ...usual, permissions: 'all', sandboxed: true },
  stopped: { ...usual, mood: 'hangs', timeout: '45s' },
};

/** Programs try for minutes before they give up. */
export const failingScenarios: Readonly<Record<string, Scenario>> = {
  'wrong key': { ...usual, mood: 401 },
  // A limit is waited for without using up the attempt.
  limit: { ...usual, mood: 429, deadline: '8m' },
  'server error': { ...usual, mood: 500 },
};
