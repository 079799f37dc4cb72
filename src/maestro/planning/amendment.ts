import { isDeepStrictEqual } from 'node:util';
import { AuroraError } from '../../domain/errors.ts';
import type { PlanChange } from '../../domain/plan-change.ts';
import type { Requirement } from '../../domain/requirement.ts';
import { sameWords } from './duplicates.ts';
import { parseRequirements, type ParsedRequest } from './requirement-parser.ts';
import { keptIds } from './stable-ids.ts';

/** What somebody wants changed: the whole request anew, or what is to be different. */
export type Amendment = { readonly request: ParsedRequest } | { readonly change: string };

export interface AmendedRequirements {
  /** All that hold now. */
  readonly requirements: readonly Requirement[];
  readonly change: PlanChange['requirements'];
  readonly questions: readonly string[];
}

const withdrawal =
  /^\s*(?:[-*]\s+)?(?:please\s+)?(?:drop|remove|withdraw|delete|leave out|skip|cancel)\s+((?:REQ-\d{3,}(?:\s*,?\s*(?:and\s+)?)?)+)\s*[.!]?\s*$/i;
const replacement =
  /^\s*(?:[-*]\s+)?(REQ-\d{3,})\s*(?::|→|->|=>|should (?:read|be)|becomes)\s*(\S.*)$/i;

/**
 * Reads an amendment. Of a whole request, what is not in it any more is withdrawn. A change has lines
 * such as "REQ-002: Users can filter notes by date" and "Drop REQ-003"; all other text adds.
 *
 * @param known the requirements that hold until now
 * @param used every id that the run ever had
 * @throws AuroraError `requirement-invalid`: it names what is not there, asks for nothing, or changes
 *   nothing
 */
export function amendRequirements(
  amendment: Amendment,
  known: readonly Requirement[],
  used: readonly string[],
): AmendedRequirements {
  const amended =
    'request' in amendment
      ? wholeRequest(amendment.request, known, used)
      : changedRequest(amendment.change, known, used);
  const { added, changed, withdrawn } = amended.change;
  if (added.length + changed.length + withdrawn.length === 0) {
    throw new AuroraError(
      'requirement-invalid',
      'The amendment changes nothing: all that it asks for is asked for already.',
    );
  }
  if (amended.requirements.length === 0) {
    throw new AuroraError(
      'requirement-invalid',
      'The amendment leaves no requirement. To stop the run, abort it.',
    );
  }
  return amended;
}

function wholeRequest(
  { requirements: read, questions }: ParsedRequest,
  known: readonly Requirement[],
  used: readonly string[],
): AmendedRequirements {
  const { requirements, renamed } = renumbered({ requirements: read, questions }, known, used);
  const before = new Map(known.map((each) => [each.id, each]));
  const now = new Set(requirements.map(({ id }) => id));
  return {
    requirements,
    questions: renamed,
    change: {
      added: requirements.filter(({ id }) => !before.has(id)).map(({ id }) => id),
      changed: requirements
        .filter((each) => differs(each, before.get(each.id)))
        .map(({ id }) => id),
      withdrawn: known.filter(({ id }) => !now.has(id)).map(({ id }) => id),
    },
  };
}

/** Where it stands in the text is no part of what a requirement says. */
function differs(one: Requirement, other: Requirement | undefined): boolean {
  const said = ({ id: _id, source: _source, ...rest }: Requirement) => rest;
  return other !== undefined && !isDeepStrictEqual(said(one), said(other));
}

function renumbered(
  { requirements, questions }: ParsedRequest,
  known: readonly Requirement[],
  used: readonly string[],
): { requirements: Requirement[]; renamed: string[] } {
  const ids = keptIds(requirements, known, used);
  return {
    requirements: requirements.map((each) => ({ ...each, id: ids.get(each.id) ?? each.id })),
    renamed: questions.map((each) => each.replace(/REQ-\d{3,}/g, (id) => ids.get(id) ?? id)),
  };
}

function changedRequest(
  text: string,
  known: readonly Requirement[],
  used: readonly string[],
): AmendedRequirements {
  const withdrawn = new Set<string>();
  const replaced = new Map<string, string>();
  const rest: string[] = [];
  for (const line of text.split('\n').flatMap(statements)) {
    const named = withdrawal
      .exec(line)?.[1]
      ?.toUpperCase()
      .match(/REQ-\d+/g);
    const [, id, words] = replacement.exec(line) ?? [];
    if (named) named.forEach((each) => withdrawn.add(each));
    else if (id !== undefined && words !== undefined) replaced.set(id.toUpperCase(), words);
    else rest.push(line);
  }
  refuseUnknown([...withdrawn, ...replaced.keys()], known);
  const requirements = known.filter(({ id }) => !withdrawn.has(id)).map((each) => ({ ...each }));
  const questions: string[] = [];
  const added: string[] = [];
  const ever = [...used];
  const add = (parsed: ParsedRequest) => {
    const own = renumbered(parsed, [], [...ever, ...known.map(({ id }) => id)]);
    questions.push(...own.renamed);
    for (const { source: _source, ...requirement } of own.requirements) {
      if (requirements.some((other) => sameWords(other, requirement))) continue;
      requirements.push(requirement);
      added.push(requirement.id);
      ever.push(requirement.id);
    }
  };
  const changed: string[] = [];
  for (const [id, words] of replaced) {
    if (withdrawn.has(id)) continue;
    const { requirements: read, questions: open } = parseRequirements(words);
    const [first, ...others] = read;
    const at = requirements.findIndex((each) => each.id === id);
    const { id: _id, source: _source, ...said } = first as Requirement;
    const before = requirements[at] as Requirement;
    requirements[at] = { id, ...said };
    questions.push(...open.map((each) => each.replace((first as Requirement).id, id)));
    if (differs(requirements[at], before)) changed.push(id);
    if (others.length > 0) add({ requirements: others, questions: [] });
  }
  if (/[\p{L}\p{N}]/u.test(rest.join(''))) add(parseRequirements(rest.join('\n')));
  return { requirements, questions, change: { added, changed, withdrawn: [...withdrawn] } };
}

/** "Drop REQ-003. Users can export notes." says two things in one line. */
function statements(line: string): string[] {
  return line.split(
    /(?<=[.!])\s+(?=REQ-\d|(?:drop|remove|withdraw|delete)\s+REQ-)|(?<=REQ-\d{3,}[.!])\s+/i,
  );
}

function refuseUnknown(ids: readonly string[], known: readonly Requirement[]): void {
  const missing = ids.filter((id) => !known.some((each) => each.id === id));
  if (missing.length === 0) return;
  throw new AuroraError(
    'requirement-invalid',
    `The run has no ${missing.join(', ')}; it has ${known.map(({ id }) => id).join(', ')}.`,
  );
}
