import { z } from 'zod';
import { taskStates } from '../../../domain/task.ts';
import { runRequestSchema } from '../../../maestro/run-request.ts';
import { getRun } from '../../../storage/run-store.ts';
import { agentResourceSchema, describeAgents } from '../../calls/agent-calls.ts';
import {
  describeRun,
  listRuns,
  listRunTasks,
  runDetailSchema,
  runPageFields,
  runPageSchema,
  runTasksSchema,
  showRun,
  submitRun,
  submittedRunSchema,
} from '../../calls/run-calls.ts';
import { showTask, taskDetailSchema } from '../../calls/task-calls.ts';
import type { ApiDeps } from '../../http-deps.ts';
import { runParams, runSchema, taskParams } from '../../resources.ts';
import { runActions } from '../../run-actions.ts';
import { defineTool, type Tool } from '../define-tool.ts';

const run = runParams.shape.id;
const actionNames = Object.keys(runActions) as (keyof typeof runActions)[];

export const runTools: readonly Tool<ApiDeps>[] = [
  defineTool(
    {
      name: 'run_submit',
      title: 'Submit a run',
      description:
        'Has Aurora carry out a requirement in plain language, or a plan of tasks, in a git repository. Give an `idempotencyKey`, with which a repeated call finds the same run. It answers at once; follow it with run_status.',
      input: runRequestSchema,
      output: submittedRunSchema,
      effect: 'adds',
    },
    async (deps, request) => (await submitRun(deps, request)).run,
  ),
  defineTool(
    {
      name: 'run_list',
      title: 'List runs',
      description: 'The runs, newest first, with how far each has come.',
      input: z.strictObject({ ...runPageFields, limit: z.int().min(1).max(200).default(20) }),
      output: runPageSchema,
      effect: 'reads',
    },
    ({ db }, page) => listRuns(db, page),
  ),
  defineTool(
    {
      name: 'run_status',
      title: 'Show a run',
      description:
        'How a run stands: state, counts of its tasks, progress, time that is left, what was asked and its requirements.',
      input: z.strictObject({ run }),
      output: runDetailSchema,
      effect: 'reads',
    },
    ({ db }, { run: id }) => showRun(db, id),
  ),
  defineTool(
    {
      name: 'run_tasks',
      title: 'List the tasks of a run',
      description:
        'The tasks of a run in the order of its plan, with what each waits for; `total` counts those that match.',
      input: z.strictObject({
        run,
        state: z.enum(taskStates).optional().describe('Only tasks in this state'),
        limit: z.int().min(1).max(500).default(50),
        offset: z.int().min(0).default(0).describe('Tasks to leave out at the start'),
      }),
      output: runTasksSchema.extend({ total: z.number() }),
      effect: 'reads',
    },
    async ({ db }, { run: id, state, limit, offset }) => {
      const { tasks } = await listRunTasks(db, id);
      const matching = tasks.filter((task) => state === undefined || task.state === state);
      return { tasks: matching.slice(offset, offset + limit), total: matching.length };
    },
  ),
  defineTool(
    {
      name: 'run_control',
      title: 'Control a run',
      description: `Does one of these: ${actionNames.map((name) => `${name} (${runActions[name].summary})`).join('; ')}.`,
      input: z.strictObject({ run, action: z.enum(actionNames) }),
      output: runSchema,
      effect: 'changes',
    },
    async (deps, { run: id, action }) => {
      await runActions[action].act(deps, id);
      return describeRun(deps.db, await getRun(deps.db, id));
    },
  ),
  defineTool(
    {
      name: 'task_show',
      title: 'Show a task',
      description:
        'A task of a run with its attempts: what each did, how it failed, what was decided then, and its last output.',
      input: z.strictObject({ run, task: taskParams.shape.taskId }),
      output: taskDetailSchema,
      effect: 'reads',
    },
    ({ db }, { run: runId, task: taskId }) => showTask(db, { runId, taskId }),
  ),
  defineTool(
    {
      name: 'agent_list',
      title: 'List agents',
      description: 'The agents of the fleet, and what their live workers offer and do.',
      input: z.strictObject({}),
      output: z.object({ agents: z.array(agentResourceSchema) }),
      effect: 'reads',
    },
    async ({ db }) => ({ agents: await describeAgents(db) }),
  ),
];
