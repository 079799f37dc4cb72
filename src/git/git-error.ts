import { AuroraError } from '../domain/errors.ts';
import { maskCredentials } from './mask-credentials.ts';

const noSpace = /no space left on device|disk quota exceeded|ENOSPC|EDQUOT/i;
/** Commands that speak with origin. */
const speaksWithOrigin = /^git (?:fetch|lfs|ls-remote|push)$/;
/** What git, curl and ssh say of a host that does not answer, or breaks off; `no end` is our own time-out. */
const away =
  /could not resolve|no such host|couldn't (?:resolve|connect)|(?:failed|unable) to connect|name resolution|connection (?:refused|reset|closed|timed out)|operation timed out|network is unreachable|no route to host|empty reply|early EOF|unexpected disconnect|hung up unexpectedly|(?:error:|HTTP) (?:429|5\d\d)|no end after/i;
/** What it says when it does answer: that it does not want to. */
const refusal =
  /permission denied|access denied|authentication failed|declined|(?:error:|HTTP) 4(?!29)\d\d/i;
/** Longest part of git's words that goes into a message, in characters. */
const maxWords = 4_000;

/** The error for a git command that failed, in git's own words. */
export function gitError(what: string, words: string, cause?: unknown): AuroraError {
  const said = maskCredentials(words.trim()).slice(-maxWords);
  const options = cause === undefined ? {} : { cause };
  if (noSpace.test(said)) {
    return new AuroraError(
      'disk-full',
      `There is no space left for ${what}: ${said}. Free space, or move the data folder with AURORA_DATA_DIR.`,
      options,
    );
  }
  if (speaksWithOrigin.test(what) && away.test(said) && !refusal.test(said)) {
    return new AuroraError(
      'repository-unavailable',
      `${what} failed: ${said} (the repository does not answer)`,
      options,
    );
  }
  return new AuroraError('git-failed', `${what} failed: ${said || 'git said nothing'}`, options);
}

/** Runs file operations that make room for git; a full disk gets its own error. */
export async function onDisk<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw gitError(what, String(error), error);
    throw error;
  }
}
