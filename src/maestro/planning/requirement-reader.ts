import { requirementId, type Requirement } from '../../domain/requirement.ts';
import { AuroraError } from '../../domain/errors.ts';
import { abilities, type Ability } from './abilities.ts';
import { isAddressedToAgents } from './addressed-to-agents.ts';
import { proseFilter } from './asks-for-something.ts';
import { mergeInto, sameWords } from './duplicates.ts';
import { frame } from './frame.ts';
import { nounAbility, topicWords } from './noun-request.ts';
import { toRequirement } from './requirement-draft.ts';
import { withoutSizes } from './size.ts';
import { clip, rememberAntecedents, type Antecedents } from './requirement-title.ts';
import { noSection, readSection, type Section } from './section.ts';
import { sentences, words, type Sentence, type Word } from './sentences.ts';
import { readLabel } from './sentence-label.ts';
import { readStem } from './list-stem.ts';
import { classify, nearestQuality } from './classification.ts';
import { readThresholds } from './threshold.ts';
import type { TextBlock } from './text-blocks.ts';
import { thingPronouns } from './vocabulary.ts';
import { vagueQuestions } from './vague-words.ts';

/** One run's contract and validation tasks name every requirement; a task names at most 200. */
const maxRequirementsPerRequest = 200;
/** compromise reads about 1,000 sentences a second. */
const maxSentences = 5_000;
/** Nobody writes such a sentence; the tagger would take a second for it. */
const maxSentenceLength = 2_000;
/** Limits of the requirement schema. */
const maxCriteria = 100;
const maxCriterionLength = 2_000;

export interface RequirementReader {
  readonly requirements: Requirement[];
  readonly questions: string[];
  /** In steps of a sentence. */
  read(block: TextBlock): Generator<undefined, void>;
  /** Last resort for a request such as "Login page": takes each short noun phrase as wanted. */
  readAsTopic(blocks: readonly TextBlock[]): void;
}

/** Reads blocks in order and remembers what pronouns, lists and headings refer to. */
export function requirementReader(request: string): RequirementReader {
  const requirements: Requirement[] = [];
  const questions: string[] = [];
  let antecedents: Antecedents = {};
  let section: Section = noSection;
  let lead: Section | undefined;
  let stem = '';
  /** Indent of the list item that the last requirement was read from. */
  let parent: number | undefined;
  let sentenceCount = 0;
  const crowded = new Set<string>();
  const worthReading = proseFilter(request);

  const addCriterion = (text: string) => {
    const last = requirements.at(-1);
    if (!last) return;
    if (last.acceptance.length < maxCriteria) {
      last.acceptance.push(clip(text.replace(/\s+/g, ' ').trim(), maxCriterionLength));
    } else if (last.acceptance.length === maxCriteria && !crowded.has(last.id)) {
      crowded.add(last.id);
      questions.push(
        `${last.id}: it has more than ${maxCriteria} acceptance criteria and only the first were taken; shall it be split?`,
      );
    }
  };

  const add = (
    ability: Ability,
    all: readonly Word[],
    text: string,
    place: number,
    start = place,
  ) => {
    if (requirements.length >= maxRequirementsPerRequest) {
      throw new AuroraError(
        'requirement-invalid',
        `The request holds more than ${maxRequirementsPerRequest} requirements, the most that one run carries. Submit it in parts.`,
      );
    }
    const id = requirementId(requirements.length + 1);
    const requirement = toRequirement({
      id,
      ability,
      words: all,
      request,
      place,
      start,
      end: place + text.length,
      section: lead?.priority || lead?.nonFunctional ? lead : section,
      antecedents,
    });
    antecedents = rememberAntecedents(ability, antecedents);
    const same = requirements.find((known) => sameWords(known, requirement));
    if (same) {
      mergeInto(same, requirement);
      return;
    }
    requirements.push(requirement);
    questions.push(...vagueQuestions(id, requirement.text ?? requirement.title));
  };

  const readSentence = (
    sentence: Sentence,
    block: TextBlock,
    prefix: string,
    listed: boolean,
  ): boolean => {
    if (++sentenceCount > maxSentences) {
      throw new AuroraError(
        'requirement-invalid',
        `The request holds more than ${maxSentences.toLocaleString('en-US')} sentences. Submit the part that says what shall be built.`,
      );
    }
    const label = prefix === '' ? readLabel(sentence.text) : undefined;
    if (label !== undefined) {
      const start = sentence.start + label.length;
      const rest = { start, text: sentence.text.slice(label.length) };
      const around = section;
      // "Security: passwords are hashed": the label says of the sentence what a heading would, and
      // that it is wanted.
      section = { ...section, ...readSection(label.name) };
      const asks = readSentence(rest, block, '', listed || section.nonFunctional);
      section = around;
      return asks;
    }
    const text = prefix + sentence.text;
    if (text.length > maxSentenceLength) {
      questions.push(
        `This goes on for ${text.length.toLocaleString('en-US')} characters without a full stop, and was left out: "${clip(text)}"`,
      );
      return false;
    }
    if (isAddressedToAgents(text)) {
      questions.push(
        `The request speaks to the agents, not of the product, and this was left out: "${clip(text)}"`,
      );
      return false;
    }
    if (!listed && !worthReading(text)) return false;
    const all = words(text);
    const place = block.start + sentence.start - prefix.length;
    const isQuestion = sentence.text.endsWith('?');
    const asked = frame(all);
    if (isQuestion && asked?.form !== 'command') {
      questions.push(`The request asks: "${sentence.text}"`);
      return false;
    }
    const last = requirements.at(-1);
    if (last !== undefined && !listed && isSizeOfThat(text)) {
      addCriterion(sentence.text);
      last.thresholds = [...(last.thresholds ?? []), ...readThresholds(text)];
      return false;
    }
    const adds = !asked || (asked.form === 'statement' && all[0]?.normal === 'otherwise');
    if (adds && isCriterion(all) && requirements.length > 0 && !listed) {
      addCriterion(sentence.text);
      return false;
    }
    const limit = !asked && /\d/.test(text) && classify(text).kind === 'non_functional';
    const found = asked ? abilities(all, asked) : listed || limit ? nounAbility(all) : [];
    for (const ability of found) add(ability, all, text, place, place + prefix.length);
    return found.length > 0;
  };

  const asAbility = (requirement: Requirement) => {
    requirement.kind = 'functional';
    delete requirement.category;
  };

  /** What a scenario is named after is wanted; it shows how something behaves. */
  const readName = ({ start, text }: TextBlock) => {
    const named = /^\s*Scenario[^:]*:\s*(?<name>.+?)(?=\s+(?:Given|When|Then)\s)/.exec(text);
    const name = named?.groups?.['name'];
    if (named === null || name === undefined) return;
    const place = start + named.index + named[0].length - name.length;
    const all = words(name);
    const asked = frame(all);
    const before = requirements.length;
    for (const ability of asked ? abilities(all, asked) : nounAbility(all)) {
      add(ability, all, name, place);
    }
    requirements.slice(before).forEach(asAbility);
  };

  function* read(block: TextBlock): Generator<undefined, void> {
    if (block.kind === 'heading') {
      section = readSection(block.text);
      lead = undefined;
      stem = '';
      parent = undefined;
      return;
    }
    const text = block.text.trimEnd();
    if (block.kind === 'scenario') {
      addCriterion(text);
      return;
    }
    if (block.kind === 'lone scenario') {
      // After a list it stands for itself; else it says how what stands before it is judged.
      if (parent !== undefined || requirements.length === 0) readName(block);
      addCriterion(text);
      return;
    }
    if (block.kind === 'paragraph') {
      stem = '';
      parent = undefined;
      lead = undefined;
    }
    if (section.context || lead?.context) return;
    if (/^\s*(?:given|scenario)\b/i.test(text) || section.acceptance || lead?.acceptance) {
      addCriterion(text);
      return;
    }
    if (block.kind === 'item' && parent !== undefined && block.indent > parent) {
      addCriterion(text);
      return;
    }
    if (block.kind === 'paragraph' && !worthReading(text)) return;
    const found = sentences(text);
    for (const [index, sentence] of found.entries()) {
      yield;
      if (sentence.text.endsWith(':') && index === found.length - 1) {
        const introduction = readStem(sentence.text);
        lead = readSection(sentence.text);
        stem = introduction.stem;
        if (!introduction.complete) continue;
      }
      const listed = block.kind === 'item';
      const asked = readSentence(
        sentence,
        block,
        listed && index === 0 ? stem : '',
        listed && index === 0,
      );
      if (asked) parent = listed ? block.indent : sentence.text.endsWith(':') ? -1 : parent;
    }
  }

  const readAsTopic = (blocks: readonly TextBlock[]) => {
    for (const block of blocks) {
      const found = block.kind === 'heading' ? [] : sentences(block.text);
      for (const { start, text } of found) {
        const all = words(text);
        const place = block.start + start;
        if (!topicWords(all)) continue;
        for (const a of nounAbility(all)) add(a, all, text, place);
        const topic = requirements.at(-1);
        // Two words are too few for the classifier; what names no quality is a thing to be made.
        if (topic === undefined || nearestQuality(text) !== undefined) continue;
        asAbility(topic);
      }
    }
  };

  return { requirements, questions, read, readAsTopic };
}

/** "It must be at most 5 MB." bounds what the sentence before it was about. */
function isSizeOfThat(text: string): boolean {
  const ofThat =
    /^(?:it|they|these|this|that|each)\s+(?:must|should|shall|may|can)(?:not|n['’]t)?\s+(?:not\s+)?(?:be|have|exceed)\b/i;
  return ofThat.test(text) && withoutSizes(text) !== text;
}

/** "It is refused with a clear message." says how the sentence before it is judged. */
function isCriterion(all: readonly Word[]): boolean {
  const first = all[0]?.normal ?? '';
  return (
    thingPronouns.has(first) ||
    /^(?:otherwise|anything|everything|nothing|they|these|those)$/.test(first)
  );
}
