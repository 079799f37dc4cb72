import type { Requirement } from '../../domain/requirement.ts';
import { AuroraError } from '../../domain/errors.ts';
import { contradictionQuestions } from './contradictions.ts';
import { isForeign } from './language.ts';
import { assertRequestText } from './request-text.ts';
import { requirementReader } from './requirement-reader.ts';
import { allAtOnce, inTurns } from './steps.ts';
import { textBlocks } from './text-blocks.ts';

/** A longer text than this is no list of topics such as "Login page". */
const maxTopicLength = 2_000;

export interface ParsedRequest {
  readonly requirements: readonly Requirement[];
  /** What the request leaves open, for a human. */
  readonly questions: readonly string[];
}

/**
 * Reads requirements out of plain language: prose, lists, user stories, Markdown. Ids follow the
 * order of appearance; `source` is exact.
 *
 * @throws AuroraError `requirement-invalid`: empty, over 1 MB, binary, more requirements than one
 *   run carries, not English, or nothing that asks for anything
 */
export function parseRequirements(request: string): ParsedRequest {
  return allAtOnce(readInSteps(request));
}

/**
 * The same for a request of any length: a long one takes seconds, in which others get their turns.
 *
 * @throws AuroraError `requirement-invalid`
 */
export async function parseInTurns(request: string): Promise<ParsedRequest> {
  return inTurns(readInSteps(request));
}

function* readInSteps(request: string): Generator<undefined, ParsedRequest> {
  assertRequestText(request);
  const reader = requirementReader(request);
  if (isForeign(request)) {
    throw new AuroraError(
      'requirement-invalid',
      'The request does not seem to be English, and the rules that read it know no other language. Write it in English, or submit a plan file, whose texts may be in any language.',
    );
  }
  const blocks = textBlocks(request);
  for (const block of blocks) yield* reader.read(block);
  if (reader.requirements.length === 0 && request.length <= maxTopicLength) {
    reader.readAsTopic(blocks);
  }
  if (reader.requirements.length === 0) {
    throw new AuroraError(
      'requirement-invalid',
      'The request asks for nothing that can be built. Say who shall be able to do what, for example "Users can create notes", or what to add, for example "Add a search box".',
    );
  }
  return {
    requirements: reader.requirements,
    questions: [...reader.questions, ...contradictionQuestions(reader.requirements)],
  };
}
