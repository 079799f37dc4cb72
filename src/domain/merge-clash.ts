/** Work that others merged meanwhile: the task, and its merge commit on the integration branch. */
export interface MergedTask {
  readonly taskId: string;
  readonly commit: string;
}

/** What an attempt's work met when it was to be merged; kept with the attempt's failure. */
export interface MergeClash {
  /**
   * conflict: the texts disagree, and no resolver is sure. check: they merge, and the task's check,
   * green on its own work, is red on the result.
   */
  readonly kind: 'conflict' | 'check';
  /** The head of the integration branch that the work was to be merged with. */
  readonly head: string;
  /** Files whose texts disagree. */
  readonly files: readonly string[];
  /** Whose work it clashes with, as far as that could be found out, oldest first. */
  readonly others: readonly MergedTask[];
  /** The check is red on the branch by itself, since that other's merge: this work is not to blame. */
  readonly isOthersAlone?: boolean;
}

/** One side of a clash, as the record knows it. */
interface ClashSide extends MergedTask {
  readonly title: string;
  /** What the task was asked to do. */
  readonly prompt: string;
  /** What its attempt said that it did. */
  readonly summary: string | null;
}

/** A clash with both its sides, as the record knows them. */
export interface RecordedClash extends Omit<MergeClash, 'others'> {
  /** Why the merge was refused, with the output of the check or what the resolvers tried. */
  readonly message: string;
  readonly evidence: string;
  /** The task's own earlier work. */
  readonly own: ClashSide;
  readonly others: readonly ClashSide[];
}

/** One side with what it changed, bounded. */
export interface BriefedSide extends ClashSide {
  readonly diff: string;
}

/** All that is needed to settle a clash. */
export interface ClashBrief extends Omit<RecordedClash, 'own' | 'others'> {
  readonly own: BriefedSide;
  readonly others: readonly BriefedSide[];
}
