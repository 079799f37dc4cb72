import type { ApiDeps } from './http-deps.ts';

/** What can be done with a run as a whole: the last part of the address, for the API and the pages. */
export const runActions = {
  abort: {
    summary: 'Abort a run: what runs is stopped, what waits is cancelled',
    act: (deps, runId) => deps.abortRun(runId),
  },
  pause: {
    summary: 'Pause a run: what runs is finished, nothing new starts',
    act: (deps, runId) => deps.pauseRun(runId),
  },
  resume: {
    summary: 'Let a paused run go on',
    act: (deps, runId) => deps.resumeRun(runId),
  },
  retry: {
    summary: 'Let a run go on from where it failed or was aborted; finished work stays',
    act: (deps, runId) => deps.retryRun(runId),
  },
  approve: {
    summary: 'Approve the plan of a run that waits for it: it starts',
    act: (deps, runId) => deps.approveRun(runId),
  },
} as const satisfies Record<
  string,
  { readonly summary: string; readonly act: (deps: ApiDeps, runId: string) => Promise<void> }
>;
