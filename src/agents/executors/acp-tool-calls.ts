import type {
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
  ToolCallUpdate,
} from '@agentclientprotocol/sdk';
import type { AcpSpec } from '../../domain/executor-spec.ts';
import { OutOfBounds, type WorktreeFiles } from '../files/worktree-files.ts';

interface KnownCall {
  readonly kind: ToolCallUpdate['kind'] | undefined;
  readonly locations: ToolCallUpdate['locations'] | undefined;
  readonly title: string | null | undefined;
}

/** What an agent tells of its tool calls, and may do in them. */
export interface ToolCalls {
  readonly follow: (update: SessionUpdate) => void;
  /** Answers a request for permission, where a person would. */
  readonly permit: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse>;
}

interface ToolCallListener {
  /** It has gone on to another call. Some tell of one first when they ask for permission. */
  readonly onNewCall: () => void;
  /** What a call is: some tell its title in the end. */
  readonly onCall: (what: string) => void;
  readonly onRefusal: (what: string) => void;
}

/** With `edit`, an agent may look and change files of the worktree, and nothing else. */
const harmless: readonly unknown[] = ['read', 'edit', 'search', 'move', 'think'];

/**
 * Follows all that is told of each call, as a request for permission may name no more than its id.
 *
 * @param permissions of the agent's executor
 */
export function followToolCalls(
  permissions: AcpSpec['permissions'],
  files: WorktreeFiles,
  { onNewCall, onCall, onRefusal }: ToolCallListener,
): ToolCalls {
  const calls = new Map<string, KnownCall>();
  const learn = ({ toolCallId, kind, locations, title }: ToolCallUpdate): KnownCall => {
    const known = calls.get(toolCallId);
    const call = {
      kind: kind ?? known?.kind,
      locations: locations ?? known?.locations,
      title: title ?? known?.title,
    };
    calls.set(toolCallId, call);
    if (known === undefined) onNewCall();
    if (known === undefined || call.title !== known.title) {
      onCall(`[${call.kind ?? 'tool'}] ${call.title ?? ''}`);
    }
    return call;
  };
  return {
    follow(update) {
      if (update.sessionUpdate === 'tool_call' || update.sessionUpdate === 'tool_call_update') {
        learn(update);
      }
    },
    async permit({ options, toolCall }) {
      const { kind, locations, title } = learn(toolCall);
      const isAllowed =
        permissions === 'all' ||
        (harmless.includes(kind) && (await areInside(locations ?? [], files)));
      if (!isAllowed) onRefusal(title ?? kind ?? 'a tool');
      const wanted = isAllowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always'];
      const chosen = wanted
        .map((each) => options.find((option) => option.kind === each))
        .find((option) => option !== undefined);
      if (chosen === undefined) return { outcome: { outcome: 'cancelled' } };
      return { outcome: { outcome: 'selected', optionId: chosen.optionId } };
    },
  };
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
