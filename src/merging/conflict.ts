/** One stretch of lines that both sides changed. Lines carry no line end. */
export interface Conflict {
  readonly path: string;
  readonly base: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** The merged lines before and after it, as far as they are without conflict. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Whether a side laid out the whole file anew. */
  readonly reformatted: { readonly left: boolean; readonly right: boolean };
}

export interface Resolution {
  readonly lines: readonly string[];
  /** How likely developers would have written exactly this, 0…1; an estimate. */
  readonly confidence: number;
}

/** One idea of how conflicts are resolved, without a model and without running anything. */
export interface Resolver {
  readonly name: string;
  /** @returns undefined when the idea does not fit the conflict */
  readonly resolve: (conflict: Conflict) => Resolution | undefined;
}
