import { type Tool, tool, type ToolSet } from 'ai';
import { z } from 'zod';
import { handoffSchema } from '../../../domain/handoff.ts';
import { executorResultSchema } from '../../executor-result.ts';
import { fileTools } from './file-tools.ts';
import { withNews } from './news.ts';
import { programTools } from './program-tools.ts';
import type { ToolPlace } from './tool-place.ts';

const { summary, result, patterns, ask } = executorResultSchema.shape;

/** A model ends its work with one of these: nothing is done for them, the loop stops there. */
export const endingTools: Readonly<Record<string, Tool>> = {
  finish: {
    description: 'The task is done.',
    inputSchema: z.strictObject({ summary: summary.unwrap().min(1), result, patterns }),
  },
  ask: {
    description: 'Only a person can decide something that the task needs; what was done is kept.',
    inputSchema: ask.unwrap(),
  },
  handoff: {
    description: 'Another agent should do the task; what was done is kept.',
    inputSchema: handoffSchema,
  },
};

/** All that a model can do in the worktree. */
export function modelTools(place: ToolPlace): ToolSet {
  const tools = {
    ...fileTools(place),
    ...programTools(place),
    recall: tool({
      description: 'What is remembered of this project and others that fits a question.',
      inputSchema: z.strictObject({ query: z.string().trim().min(1).max(1_000) }),
      async execute({ query }) {
        const answer = await place.line.send({ type: 'CONTEXT_REQUEST', payload: { query } });
        return (answer?.items ?? []).map(({ content }) => `- ${content}`).join('\n') || '[nothing]';
      },
    }),
  };
  return { ...withNews(tools, place.news), ...endingTools };
}
