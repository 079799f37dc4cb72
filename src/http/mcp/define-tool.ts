import type { McpServer } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Logger } from '../../telemetry/logger.ts';
import { toProblem } from '../problem.ts';

/** What a call does to Aurora, in the protocol's words: clients ask a person before some of it. */
const effects = {
  reads: { readOnlyHint: true },
  adds: { readOnlyHint: false, destructiveHint: false },
  changes: { readOnlyHint: false, destructiveHint: true },
} as const;

interface ToolDraft<I extends z.ZodObject, O extends z.ZodObject> {
  /** In snake case, the thing before what is done. */
  readonly name: string;
  readonly title: string;
  /** For a model that decides whether to call it. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  readonly effect: keyof typeof effects;
  /** Said before the answer. */
  readonly notice?: string;
}

/** Adds a tool to a server that serves `who`. */
export type Tool<Who> = (server: McpServer, who: Who) => void;

/**
 * A tool of the Model Context Protocol. It answers with structured content, and the same as JSON text
 * for clients that do not know that; what goes wrong is told to the model with our error code.
 */
export function defineTool<
  Who extends { readonly logger: Logger },
  I extends z.ZodObject,
  O extends z.ZodObject,
>(
  { name, title, description, input, output, effect, notice }: ToolDraft<I, O>,
  act: (who: Who, args: z.output<I>) => Promise<z.input<O>>,
): Tool<Who> {
  // The SDK's types follow schemas that are known where it is called, which these are not.
  const schemas: { inputSchema: z.ZodObject; outputSchema: z.ZodObject } = {
    inputSchema: input,
    outputSchema: output,
  };
  const text = (words: string) => ({ type: 'text' as const, text: words });
  return (server, who) =>
    server.registerTool(
      name,
      {
        ...{ title, description, ...schemas },
        annotations: { ...effects[effect], openWorldHint: false },
      },
      async (args) => {
        try {
          const answer = output.parse(await act(who, args as z.output<I>));
          return {
            content: [
              ...(notice === undefined ? [] : [text(notice)]),
              text(JSON.stringify(answer)),
            ],
            structuredContent: answer,
          };
        } catch (error) {
          const { status, code, detail, remedy } = toProblem(error);
          if (status >= 500) who.logger.error({ err: error, tool: name }, 'tool call failed');
          return { isError: true, content: [text(`${code}: ${detail} ${remedy}`)] };
        }
      },
    );
}
