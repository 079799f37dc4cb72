/** Words that nearly every English sentence has some of. */
const english = new Set(
  'a an the and or of to in on at for with by from is are be can must shall should will may i we you they it as that this when all every user users add create make fix not have has want need'.split(
    ' ',
  ),
);
/** Words that are frequent in German, French, Spanish, Italian, Portuguese or Dutch, and not English. */
const foreign = new Set(
  'der das und ist ein eine einen nicht für mit auf sollen soll können kann müssen muss werden von dem den sich le les des une est pour dans avec peut peuvent doit doivent el los las una para puede pueden debe deben con que por il gli che possono deve devono della sono não pode podem os uma het een van voor kunnen moet moeten'.split(
    ' ',
  ),
);
/** Below this many words a sentence without any common one may still be English. */
const minWords = 12;
const minShare = 0.08;

/** Whether a text is certainly not English: other letters, or hardly any of its commonest words. */
export function isForeign(text: string): boolean {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const latin = words.filter((word) => /^\p{Script=Latin}+$/u.test(word));
  if (words.length > 0 && latin.length < words.length / 2) return true;
  const common = words.filter((word) => english.has(word)).length;
  if (words.filter((word) => foreign.has(word)).length > common) return true;
  return words.length >= minWords && common / words.length < minShare;
}
