import { Readable, Writable } from 'node:stream';
import {
  client,
  methods,
  type McpServer,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';
import type { AcpSpec } from '../../domain/executor-spec.ts';
import type { AttemptLine } from '../attempt-line.ts';
import { OutOfBounds, openWorktreeFiles, type WorktreeFiles } from '../files/worktree-files.ts';
import { storable } from '../output-tail.ts';
import type { Conversation } from '../process-group.ts';
import { followToolCalls, type ToolCalls } from './acp-tool-calls.ts';
import { readTokens, type Tokens } from './acp-tokens.ts';

export interface AcpSession
  extends
    Pick<Conversation, 'stdin' | 'show'>,
    Pick<AcpSpec, 'permissions'>,
    Pick<AttemptLine, 'web'> {
  /** What the agent says. */
  readonly messages: Readable;
  readonly directory: string;
  readonly onFile: (path: string) => void;
  readonly signal: AbortSignal;
  readonly prompt: string;
}

interface AcpReport {
  /** What it said after it had last used a tool. */
  readonly summary: string;
  /** Undefined when it does not tell. */
  readonly costUsd: number | undefined;
  /** Undefined when it does not tell, or did not come to its end. */
  readonly tokens?: Tokens | undefined;
  /** What it was refused at last, when it has neither said a word nor begun another tool call since. */
  readonly refused: string | undefined;
}
export type AcpEnd = AcpReport &
  ({ readonly stopReason: string } | { readonly error: unknown; readonly needsLogin: boolean });

/** JSON-RPC code by which an agent says that somebody has to log in first. */
const authRequired = -32_000;
const longestSummary = 10_000;

/**
 * One session with one prompt, as an editor would hold it: files are written for the agent within the
 * worktree, and permissions given by rule. It reads files itself: there are no unsaved ones that only
 * an editor knows, and Gemini CLI takes one that an editor does not find for one that it may not write.
 * Never rejects.
 */
export async function holdSession(session: AcpSession): Promise<AcpEnd> {
  const { directory, onFile, signal, prompt, stdin } = session;
  const listener = listen(session.show);
  // The program may end in the middle of a message.
  stdin.on('error', () => {});
  try {
    const files = await openWorktreeFiles(directory, onFile);
    const calls = followToolCalls(session.permissions, files, listener);
    const hear = (update: SessionUpdate) => {
      calls.follow(update);
      listener.hear(update);
    };
    const messages = Readable.toWeb(session.messages) as ReadableStream<Uint8Array>;
    const stream = ndJsonStream(Writable.toWeb(stdin), messages);
    const answer = await appFor(calls, files, hear).connectWith(stream, async (agent) => {
      const { protocolVersion, agentCapabilities } = await agent.request(methods.agent.initialize, {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: {
          fs: { readTextFile: false, writeTextFile: true },
          terminal: false,
        },
      });
      if (protocolVersion !== PROTOCOL_VERSION) {
        const versions = `version ${protocolVersion}, and Aurora ${PROTOCOL_VERSION}`;
        throw new Error(`it speaks the Agent Client Protocol of ${versions}`);
      }

      const { sessionId } = await agent.request(methods.agent.session.new, {
        cwd: files.root,
        mcpServers: agentCapabilities?.mcpCapabilities?.http ? toolsAt(session.web) : [],
      });
      const cancel = () => void agent.notify(methods.agent.session.cancel, { sessionId });
      signal.addEventListener('abort', cancel, { once: true });
      try {
        return await agent.request(methods.agent.session.prompt, {
          sessionId,
          prompt: [{ type: 'text', text: prompt }],
        });
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    });
    return { ...listener.report(), stopReason: answer.stopReason, tokens: readTokens(answer) };
  } catch (error) {
    const needsLogin = error instanceof RequestError && error.code === authRequired;
    return { ...listener.report(), error, needsLogin };
  }
}

/** The tools with which the attempt reaches its task and its project's memory. */
const toolsAt = (web: AcpSession['web']): McpServer[] =>
  web === undefined
    ? []
    : [
        {
          ...{ type: 'http', name: 'aurora', url: `${web.url}/mcp` },
          headers: [{ name: 'Authorization', value: `Bearer ${web.token}` }],
        },
      ];

function appFor(
  { permit }: ToolCalls,
  files: WorktreeFiles,
  hear: (update: SessionUpdate) => void,
) {
  return client({ name: 'aurora' })
    .onNotification(methods.client.session.update, ({ params }) => hear(params.update))
    .onRequest(methods.client.session.requestPermission, ({ params }) => permit(params))
    .onRequest(methods.client.fs.writeTextFile, async ({ params: { path, content } }) => {
      await files.write(path, content).catch(refuse);
      return {};
    });
}

/** Why a file is not written is told to the agent, which goes on without. */
function refuse(error: unknown): never {
  if (error instanceof OutOfBounds || (error as NodeJS.ErrnoException).code !== undefined) {
    throw RequestError.invalidParams(undefined, (error as Error).message);
  }
  throw error;
}

/** Follows what an agent says and does. */
function listen(show: (text: string) => void): {
  readonly hear: (update: SessionUpdate) => void;
  readonly onNewCall: () => void;
  readonly onCall: (what: string) => void;
  readonly onRefusal: (what: string) => void;
  readonly report: () => AcpReport;
} {
  let words = '';
  let refused: string | undefined;
  let costUsd: number | undefined;
  return {
    hear(update) {
      if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text') {
        words += update.content.text;
        refused = undefined;
        show(update.content.text);
      } else if (update.sessionUpdate === 'usage_update' && update.cost?.currency === 'USD') {
        // Of the whole session: what came before is in it.
        costUsd = update.cost.amount;
      }
    },
    onNewCall() {
      refused = undefined;
    },
    onCall(what) {
      words = '';
      show(`\n${what}\n`);
    },
    onRefusal(what) {
      refused = what;
      show(`\n[refused] ${what}\n`);
    },
    report: () => ({ summary: storable(words.trim()).slice(-longestSummary), costUsd, refused }),
  };
}
