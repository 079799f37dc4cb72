/**
 * The house rules that earlier failures name. A failed check says `breaks the house rule "NAME"`;
 * Aurora hands that output on as the lesson's failure reason.
 */
export function rulesTaught(lessons) {
  const text = lessons
    .flatMap((lesson) => [lesson.failureReason, lesson.improvedApproach])
    .join('\n');
  return new Set([...text.matchAll(/house rule\W+([a-z]+(?:-[a-z]+)+)/g)].map(([, name]) => name));
}
