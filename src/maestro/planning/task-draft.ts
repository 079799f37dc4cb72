import type { Requirement } from '../../domain/requirement.ts';
import type { Role } from '../../domain/role.ts';

/** Something that a task leaves behind and others need: `contract`, `data:note`, `code:REQ-001`. */
type Artifact = string;

/** A task before its edges are known: it says what it makes and what it needs. */
export interface TaskDraft {
  readonly aspect: string;
  /** Wanted id; made unique when tasks are linked. */
  readonly id: string;
  readonly title: string;
  readonly role: Role;
  readonly requirements: readonly Requirement[];
  readonly goal: string;
  readonly subject: string;
  readonly action: string;
  readonly object: string | undefined;
  /** Fields that the request names. */
  readonly fields?: readonly string[];
  readonly produces: Artifact;
  readonly consumes: readonly { readonly artifact: Artifact; readonly reason: string }[];
  /** It changes code, so that the repository's own tests must stay green. */
  readonly changesCode: boolean;
  readonly scope?: readonly string[];
}
