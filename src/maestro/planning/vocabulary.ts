const set = (words: string) => new Set(words.split(/\s+/));

/** Those who pay for or build the thing: what they do is context, what they want is a requirement. */
export const speakers = set('i we you');
export const personPronouns = set('they he she');
export const thingPronouns = set('it this that');
export const objectPronouns = set('them it those these');
export const openers = set(
  'please also additionally furthermore moreover finally then next first second third secondly lastly ideally optionally and but or so however otherwise preferably',
);
export const subordinators = set(
  'when whenever if because unless until while before after that which who whose where whereas without since although though so than provided once',
);
export const conjunctions = set('and or & then plus');
export const determiners = set(
  'a an the all any each every some no this that these those their his her its our your my other another more',
);
export const systemNouns = set(
  'system app application service site website platform page screen api server software product tool program program interface dashboard ui frontend backend portal database client module component cli bot library form plugin game shop store solution',
);
/** Verbs that hand an ability to somebody: "allow admins to …", "let people …". */
export const granting = set('allow let enable permit help');
export const wanting = set('need want require wish like');
/** Verbs that say what is, not what shall be done. */
export const describing = set(
  'be have use exist run mean seem contain consist own know think hope love hate work live come look begin start belong',
);
/** Verbs that need no object: "users can comment and register". */
export const intransitive = set(
  'login logout register comment vote subscribe unsubscribe signup pay reply login checkout browse chat',
);
/** Nouns for the place where things are seen, not for what is kept. */
export const surfaces = set(
  'page screen list table view form button dashboard menu dialog modal panel sidebar overview grid window tab ui gui interface frontend website site app application box field banner widget footer header toolbar navbar system service product server software portal platform tool api mode theme layout',
);
export const visibleWords = set(
  'page screen form button dashboard menu dialog modal panel sidebar ui gui website homepage display show see view click icon color colour colors colours layout theme mode banner widget frontend browser visible look tooltip popup chart navbar drag scroll font highlight',
);
