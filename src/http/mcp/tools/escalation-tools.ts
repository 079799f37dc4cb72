import { z } from 'zod';
import { escalationActionSchema } from '../../../domain/escalation.ts';
import { listEscalations } from '../../../storage/escalation-store.ts';
import type { ApiDeps } from '../../http-deps.ts';
import {
  escalationCaseSchema,
  escalationPageSchema,
  escalationParams,
  escalationQuery,
  escalationSchema,
  toEscalation,
  toEscalationCase,
} from '../../resources.ts';
import { defineTool, type Tool } from '../define-tool.ts';

const escalation = escalationParams.shape.id;

export const escalationTools: readonly Tool<ApiDeps>[] = [
  defineTool(
    {
      name: 'escalation_list',
      title: 'List escalations',
      description:
        'What waits for a person, newest first: tasks that have finally failed, questions of agents, used-up budgets.',
      input: escalationQuery.strict(),
      output: escalationPageSchema,
      effect: 'reads',
    },
    async ({ db }, { run, state }) => ({
      escalations: (await listEscalations(db, run, state)).map(toEscalation),
    }),
  ),
  defineTool(
    {
      name: 'escalation_show',
      title: 'Show an escalation',
      description:
        'One escalation with its task, all attempts, what the last one changed, and the actions that are possible.',
      input: z.strictObject({ escalation }),
      output: escalationCaseSchema,
      effect: 'reads',
    },
    async (deps, { escalation: id }) => toEscalationCase(await deps.describeEscalation(id)),
  ),
  defineTool(
    {
      name: 'escalation_answer',
      title: 'Answer an escalation',
      description:
        'Decides an escalation, once: `answer.action` is one of those that escalation_show lists. Ask the person whom you work for unless they have decided already.',
      input: z.strictObject({ escalation, answer: escalationActionSchema }),
      output: escalationSchema,
      effect: 'changes',
    },
    async (deps, { escalation: id, answer }) =>
      toEscalation(await deps.answerEscalation(id, { by: 'a tool', ...answer })),
  ),
];
