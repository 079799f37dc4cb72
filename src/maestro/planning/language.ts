/** Words that nearly every English sentence has some of. */
const english = new Set(
  'a an the and or of to in on at for with by from is are be can must shall should will may i we you they it as that this when all every user users add create make fix not have has want need'.split(
    ' ',
  ),
);
/** Below this many words nothing can be said of the language. */
const minWords = 6;
const minShare = 0.08;

/** Whether a text is certainly not English: other letters, or hardly any of its commonest words. */
export function isForeign(text: string): boolean {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const latin = words.filter((word) => /^\p{Script=Latin}+$/u.test(word));
  if (words.length > 0 && latin.length < words.length / 2) return true;
  if (words.length < minWords) return false;
  return words.filter((word) => english.has(word)).length / words.length < minShare;
}
