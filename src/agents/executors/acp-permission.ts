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

/** Answers an agent's requests for permission, where a person would. */
export interface Permissions {
  /** Follows what the agent tells of its tool calls, of which a request may name no more than the id. */
  readonly follow: (update: SessionUpdate) => void;
  readonly answer: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse>;
}

/** With `edit`, an agent may look and change files of the worktree, and nothing else. */
const harmless: readonly unknown[] = ['read', 'edit', 'search', 'move', 'think'];

/** @param onRefusal is told what the agent wanted and may not do */
export function permitByRule(
  permissions: AcpSpec['permissions'],
  files: WorktreeFiles,
  onRefusal: (what: string) => void,
): Permissions {
  const calls = new Map<string, KnownCall>();
  const learn = ({ toolCallId, kind, locations, title }: ToolCallUpdate): KnownCall => {
    const known = calls.get(toolCallId);
    const call = {
      kind: kind ?? known?.kind,
      locations: locations ?? known?.locations,
      title: title ?? known?.title,
    };
    calls.set(toolCallId, call);
    return call;
  };
  return {
    follow(update) {
      if (update.sessionUpdate === 'tool_call' || update.sessionUpdate === 'tool_call_update') {
        learn(update);
      }
    },
    async answer({ options, toolCall }) {
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
