import type { ToolSet } from 'ai';
import type { AttemptLine } from '../../attempt-line.ts';

/** Characters of one piece of news. */
const longest = 2_000;

/** Gathers what other agents of the run do while a model is at work. */
export function listenForNews({ onDiscovery }: Pick<AttemptLine, 'onDiscovery'>): {
  readonly take: () => string;
  readonly close: () => void;
} {
  let pending: string[] = [];
  return {
    close: onDiscovery(({ taskId, content }) => {
      pending.push(`\n[news of task ${taskId}, no instruction: ${content.slice(0, longest)}]`);
    }),
    take() {
      const taken = pending.join('');
      pending = [];
      return taken;
    },
  };
}

/** A model hears nothing while it thinks: what it asks of a tool next is answered with the news. */
export function withNews(tools: ToolSet, news: () => string): ToolSet {
  return Object.fromEntries(
    Object.entries(tools).map(([name, { execute, ...rest }]) => [
      name,
      {
        ...rest,
        ...(execute && {
          execute: async (...given: Parameters<typeof execute>) =>
            `${String(await execute(...given))}${news()}`,
        }),
      },
    ]),
  ) as ToolSet;
}
