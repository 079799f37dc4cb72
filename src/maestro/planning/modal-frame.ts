import type { Word } from './sentences.ts';
import {
  grant,
  isNegation,
  isVerb,
  skipAble,
  skipOpeners,
  type Frame,
  type Priority,
} from './frame-parts.ts';
import { speakers, systemNouns } from './vocabulary.ts';

const weak = new Set(['could', 'may', 'might']);
const medium = new Set(['should', 'ought', 'would']);

/** "Users can …", "The system shall …", "Titles have to …"; also "Can you add …?" */
export function modalSentence(words: readonly Word[], start: number): Frame | undefined {
  const position = words.findIndex(
    ({ tags, normal }, index) =>
      index >= start &&
      index < start + 25 &&
      (tags.has('Modal') || isObligation(words, index)) &&
      normal !== '',
  );
  if (position === -1) return undefined;
  const modal = words[position] as Word;
  if (position === start) {
    // A question to us: "Could you add …" asks, "Should we …" wonders.
    if (words[start + 1]?.normal !== 'you') return undefined;
    const request = skipOpeners(words, start + 2);
    return { subject: null, modal: '', priority: 'must', verb: request, form: 'command' };
  }
  const subject = words.slice(start, position);
  if (
    subject.some(({ normal }) => /^(?:when|if|because)$/.test(normal)) &&
    !subject.some((w) => w.pause)
  ) {
    return undefined;
  }
  const afterCondition = subject.findLastIndex((word) => word.pause) + 1;
  const own = subject.slice(afterCondition);
  if (own.length === 0 || speakers.has(own[0]?.normal ?? '')) return undefined;
  const able = position + (modal.tags.has('Modal') ? 1 : 2);
  const negative =
    words.slice(position, able + 2).some(isNegation) || /n['’]t$|^cannot$/.test(modal.normal);
  const verb = skipAble(words, able);
  if (verb >= words.length) return undefined;
  const granted = grant(words, verb);
  const base = modal.tags.has('Modal') ? modal.normal.replace(/n['’]t$|not$/, '') : 'must';
  const priority = priorityOf(base, own);
  if (granted) return { ...granted, priority };
  const ability = verb - able >= 3 || base === 'can' || (base === 'may' && !isSystem(own));
  const shown = ability ? 'can' : base === 'shall' || base === 'will' ? 'must' : base;
  return {
    subject: own,
    modal: negative ? negated(shown, words.slice(position, verb)) : shown,
    priority,
    verb,
    form: 'modal',
  };
}

function negated(modal: string, between: readonly Word[]): string {
  if (between.some(({ normal }) => normal === 'never')) return `${modal} never`;
  return modal === 'can' ? 'cannot' : `${modal} not`;
}

const isObligation = (words: readonly Word[], index: number): boolean =>
  /^(?:has|have|need|needs|ought)$/.test(words[index]?.normal ?? '') &&
  words[index + 1]?.normal === 'to' &&
  isVerb(words[index + 2]);

function priorityOf(modal: string, subject: readonly Word[]): Priority {
  if (modal === 'may' && !isSystem(subject)) return 'must';
  if (weak.has(modal)) return 'could';
  return medium.has(modal) ? 'should' : 'must';
}

const isSystem = (subject: readonly Word[]): boolean => {
  const head = subject.findLast(({ tags }) => tags.has('Noun'));
  return head !== undefined && systemNouns.has(head.normal);
};
