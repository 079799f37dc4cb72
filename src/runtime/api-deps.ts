import type { ApiDeps } from '../http/http-deps.ts';
import { answerEscalation } from '../maestro/answer-escalation.ts';
import { changeRun, limitProject } from '../maestro/change-run.ts';
import { describeEscalation } from '../maestro/describe-escalation.ts';
import type { MaestroDeps } from '../maestro/maestro-deps.ts';
import { resumeAgent } from '../maestro/resume-agent.ts';
import { amendRun, approveRun } from '../maestro/revise-run.ts';
import { abortRun, pauseRun, resumeRun, retryRun } from '../maestro/run-control.ts';
import { submitRun } from '../maestro/submit-run.ts';
import { syncFeedback } from '../maestro/sync-feedback.ts';
import type { Services } from './services.ts';

/** What the API can do, on opened services. */
export function apiDeps({ database, memory, log }: Services, deps: MaestroDeps): ApiDeps {
  return {
    db: database.db,
    memory,
    submitRun: (request) => submitRun(deps, request),
    abortRun: (runId) => abortRun(deps, runId),
    describeEscalation: (id) => describeEscalation(deps, id),
    answerEscalation: (id, action) => answerEscalation(deps, id, action),
    pauseRun: (runId) => pauseRun(deps, runId),
    resumeRun: (runId) => resumeRun(deps, runId),
    retryRun: (runId) => retryRun(deps, runId),
    approveRun: (runId, by) => approveRun(deps, runId, by),
    amendRun: (runId, amendment) => amendRun(deps, runId, amendment),
    syncFeedback: (runId) => syncFeedback(deps, runId),
    resumeAgent: (agent, by) => resumeAgent(deps, agent, by),
    changeRun: (runId, changes) => changeRun(deps, runId, changes),
    limitProject: (name, maxParallel) => limitProject(deps, name, maxParallel),
    logger: log,
  };
}
