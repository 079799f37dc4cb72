import type { Word } from './sentences.ts';
import { skipOpeners, type Frame } from './frame-parts.ts';
import { modalSentence } from './modal-frame.ts';
import { command, statement } from './plain-frame.ts';
import { determiners, speakers } from './vocabulary.ts';
import { wish } from './wish-frame.ts';

/** Finds how a sentence asks, or undefined when it asks for nothing. */
export function frame(words: readonly Word[], from = 0): Frame | undefined {
  const start = skipOpeners(words, from);
  return (
    userStory(words, start) ??
    wish(words, start) ??
    modalSentence(words, start) ??
    command(words, start) ??
    statement(words, start)
  );
}

/** "As a customer, I want to pay by card so that …" */
function userStory(words: readonly Word[], start: number): Frame | undefined {
  if (words[start]?.normal !== 'as') return undefined;
  const speaker = words.findIndex((word, index) => index > start && speakers.has(word.normal));
  if (speaker === -1 || speaker - start > 12) return undefined;
  const role = words
    .slice(start + 1, speaker)
    .filter(({ normal }) => !determiners.has(normal))
    .map(({ text }) => text)
    .join(' ');
  const wanted = wish(words, speaker) ?? modalSentence(words, speaker);
  if (!wanted) return undefined;
  return wanted.subject && !speakers.has(wanted.subject[0]?.normal ?? '')
    ? wanted
    : {
        ...wanted,
        subject: null,
        modal: wanted.form === 'noun' ? 'can use' : 'can',
        priority: wanted.priority === 'could' ? 'could' : 'must',
        role,
      };
}
