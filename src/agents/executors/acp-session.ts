import { Readable, Writable } from 'node:stream';
import {
  client,
  methods,
  type McpServer,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';
import type { AcpSpec } from '../../domain/executor-spec.ts';
import type { AttemptLine } from '../attempt-line.ts';
import { OutOfBounds, openWorktreeFiles, type WorktreeFiles } from '../files/worktree-files.ts';
import { storable } from '../output-tail.ts';
import type { Conversation } from '../process-group.ts';
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
}
export type AcpEnd = AcpReport &
  ({ readonly stopReason: string } | { readonly error: unknown; readonly needsLogin: boolean });

/** JSON-RPC code by which an agent says that somebody has to log in first. */
const authRequired = -32_000;
/** Bytes of a file that is read for an agent. */
const largestFile = 10 * 1024 * 1024;
const longestSummary = 10_000;

/**
 * One session with one prompt, as an editor would hold it: files are read and written for the agent
 * within the worktree, and permissions given by rule. Never rejects.
 */
export async function holdSession(session: AcpSession): Promise<AcpEnd> {
  const { directory, onFile, signal, prompt, stdin } = session;
  const listener = listen(session.show);
  // The program may end in the middle of a message.
  stdin.on('error', () => {});
  try {
    const files = await openWorktreeFiles(directory, onFile);
    const messages = Readable.toWeb(session.messages) as ReadableStream<Uint8Array>;
    const stream = ndJsonStream(Writable.toWeb(stdin), messages);
    const answer = await appFor(session, files, listener.hear).connectWith(
      stream,
      async (agent) => {
        const { protocolVersion, agentCapabilities } = await agent.request(
          methods.agent.initialize,
          {
            protocolVersion: PROTOCOL_VERSION,
            clientCapabilities: {
              fs: { readTextFile: true, writeTextFile: true },
              terminal: false,
            },
          },
        );
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
      },
    );
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
  { permissions }: AcpSession,
  files: WorktreeFiles,
  hear: (update: SessionUpdate) => void,
) {
  return client({ name: 'aurora' })
    .onNotification(methods.client.session.update, ({ params }) => hear(params.update))
    .onRequest(methods.client.session.requestPermission, ({ params }) =>
      permit(params, permissions, files),
    )
    .onRequest(methods.client.fs.readTextFile, async ({ params: { path, line, limit } }) => {
      const { bytes, size } = await files.read(path, largestFile).catch(refuse);
      if (size > largestFile) throw RequestError.invalidParams(undefined, 'larger than 10 MB');
      const from = Math.max((line ?? 1) - 1, 0);
      const until = typeof limit === 'number' ? from + limit : undefined;
      return { content: bytes.toString('utf8').split('\n').slice(from, until).join('\n') };
    })
    .onRequest(methods.client.fs.writeTextFile, async ({ params: { path, content } }) => {
      await files.write(path, content).catch(refuse);
      return {};
    });
}

/** Why a file is not read or written is told to the agent, which goes on without. */
function refuse(error: unknown): never {
  if (error instanceof OutOfBounds || (error as NodeJS.ErrnoException).code !== undefined) {
    throw RequestError.invalidParams(undefined, (error as Error).message);
  }
  throw error;
}

/** With `edit`, an agent may look and change files of the worktree, and nothing else. */
const harmless: readonly unknown[] = ['read', 'edit', 'search', 'move', 'think'];

async function permit(
  { options, toolCall }: RequestPermissionRequest,
  permissions: AcpSpec['permissions'],
  files: WorktreeFiles,
): Promise<RequestPermissionResponse> {
  const isAllowed =
    permissions === 'all' ||
    (harmless.includes(toolCall.kind) && (await areInside(toolCall.locations ?? [], files)));
  const wanted = isAllowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
  const chosen = wanted
    .map((kind) => options.find((option) => option.kind === kind))
    .find((option) => option !== undefined);
  if (chosen === undefined) return { outcome: { outcome: 'cancelled' } };
  return { outcome: { outcome: 'selected', optionId: chosen.optionId } };
}

async function areInside(
  locations: readonly { readonly path: string }[],
  files: WorktreeFiles,
): Promise<boolean> {
  try {
    await Promise.all(locations.map(({ path }) => files.locate(path)));
    return true;
  } catch (error) {
    if (error instanceof OutOfBounds) return false;
    throw error;
  }
}

/** Follows what an agent says and does. */
function listen(show: (text: string) => void): {
  readonly hear: (update: SessionUpdate) => void;
  readonly report: () => AcpReport;
} {
  let words = '';
  let costUsd: number | undefined;
  return {
    hear(update) {
      if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text') {
        words += update.content.text;
        show(update.content.text);
      } else if (update.sessionUpdate === 'tool_call') {
        words = '';
        show(`\n[${update.kind ?? 'tool'}] ${update.title}\n`);
      } else if (update.sessionUpdate === 'usage_update' && update.cost?.currency === 'USD') {
        // Of the whole session: what came before is in it.
        costUsd = update.cost.amount;
      }
    },
    report: () => ({ summary: storable(words.trim()).slice(-longestSummary), costUsd }),
  };
}
