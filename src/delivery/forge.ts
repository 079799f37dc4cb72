import type { Feedback } from '../domain/feedback.ts';
import type { ForgeClientOptions } from './forge-client.ts';

/** What a pull request says. */
interface PullRequestDraft {
  /** The branch that holds the work, in the same repository. */
  readonly from: string;
  readonly into: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

export interface PullRequest {
  readonly url: string;
  readonly number: number;
}

/** Where a repository is hosted and its changes are reviewed. */
export interface Forge {
  readonly name: string;
  /**
   * The open pull request between the two branches: the one that is there, brought up to date, or a new
   * one. Safe to repeat.
   *
   * @throws AuroraError `forge-denied`, `forge-refused`, `forge-unavailable`
   */
  pullRequest(draft: PullRequestDraft): Promise<PullRequest>;
  /**
   * What reviewers and checks have to say of the pull request that is open between the two branches;
   * undefined when none is.
   *
   * @throws AuroraError as {@link pullRequest}
   */
  feedback(question: FeedbackQuestion): Promise<Feedback | undefined>;
}

export interface FeedbackQuestion {
  readonly from: string;
  readonly into: string;
  /** Whose checks are meant. */
  readonly commit: string;
  /** Ids of notes and checks that need not be told again in full. */
  readonly seen: ReadonlySet<string>;
  /** Whether failed checks are of no use yet while others are under way. */
  readonly waitsForChecks: boolean;
  /** Whether nobody wants to know any more why a check of this name failed. */
  readonly isGivenUp: (check: string) => boolean;
}

/** Which repository of a forge, and as whom. */
export interface ForgeAccess extends Omit<ForgeClientOptions, 'name' | 'headers'> {
  /** `owner/name`, with groups in between where the forge has them. */
  readonly repository: string;
  readonly token: string | undefined;
}
