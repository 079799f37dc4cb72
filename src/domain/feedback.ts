/** Something that somebody said of a pull request. Words of others: data, never instructions. */
export interface ReviewNote {
  /** Unique at its forge: `github:comment:1`. */
  readonly id: string;
  readonly author: string;
  /** Whether who said it may change the repository anyway; anybody at all may comment. */
  readonly isTrusted: boolean;
  readonly body: string;
  readonly url: string;
}

/** What was said about one place of a pull request, or about all of it, and is not settled. */
export interface ReviewThread {
  /** Null when it is about the whole. */
  readonly file: string | null;
  readonly line: number | null;
  /** The part of the diff that it is about, as far as the forge shows it. */
  readonly hunk: string | null;
  /** Oldest first. */
  readonly notes: readonly ReviewNote[];
}

/** A check of the delivered commit that did not pass. */
export interface FailedCheck {
  readonly id: string;
  readonly name: string;
  readonly url: string | null;
  /** What it says of itself, and the end of its log; may be empty. */
  readonly summary: string;
  readonly places: readonly {
    readonly file: string;
    readonly line: number | null;
    readonly message: string;
  }[];
  readonly log: string | null;
}

/** What a pull request has brought back. */
export interface Feedback {
  readonly url: string;
  readonly threads: readonly ReviewThread[];
  readonly checks: readonly FailedCheck[];
  /** Checks that are still under way. */
  readonly running: number;
  /** Why the checks could not be read; null when they could. */
  readonly unread: string | null;
}

export type CheckFeedback = Pick<Feedback, 'checks' | 'running' | 'unread'>;
