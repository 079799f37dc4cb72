export interface CommitMessageParts {
  readonly title: string;
  readonly body?: string;
  readonly runId: string;
  readonly taskId: string;
  readonly requirements: readonly string[];
}

/**
 * A commit message whose trailers (`git interpret-trailers`) link the commit to its run, task and
 * requirements.
 */
export function formatCommitMessage(parts: CommitMessageParts): string {
  const title = oneLine(parts.title) || oneLine(parts.taskId);
  const body = parts.body?.replaceAll('\0', '').trim() ?? '';
  const trailers = [
    `Aurora-Run: ${oneLine(parts.runId)}`,
    `Aurora-Task: ${oneLine(parts.taskId)}`,
    ...parts.requirements.map((id) => `Aurora-Requirement: ${oneLine(id)}`),
  ];
  return [title, ...(body === '' ? [] : [body]), trailers.join('\n')].join('\n\n') + '\n';
}

function oneLine(text: string): string {
  return text.replace(/[\s\0]+/g, ' ').trim();
}
