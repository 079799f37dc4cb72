import { describeClash } from './describe-clash.ts';
import type { ExecutorInput } from '../executor.ts';

/** What `{prompt}` and `{promptFile}` stand for: the task as prose, for agents that read prose. */
export function composePrompt(input: ExecutorInput): string {
  const { task, requirements, dependencies, parts, partOf, lessons } = input;
  const { answers, advice, handedOver, clash, context, leftOut } = input;
  const sections = [`# ${task.title}`, task.prompt.trim()];
  if (partOf !== null) {
    sections.push(`## It is a part of "${partOf.title}"; do this part alone`, partOf.prompt.trim());
  }
  if (requirements.length > 0) {
    const lines = requirements.flatMap((requirement) => [
      `- ${requirement.id}: ${requirement.text ?? requirement.title}`,
      ...requirement.acceptance.map((criterion) => `  - ${criterion}`),
    ]);
    sections.push('## Requirements', lines.join('\n'));
  }
  if (clash !== null) sections.push(...describeClash(clash));
  if (dependencies.length > 0) {
    const lines = dependencies.map(({ title, summary }) => `- ${title}: ${summary ?? 'done'}`);
    sections.push('## Already done (merged into this folder)', lines.join('\n'));
  }
  if (parts.length > 0) {
    const lines = parts.map(({ title, summary }) => `- ${title}: ${summary ?? 'done'}`);
    sections.push(
      '## Its parts are done (merged into this folder); put them together',
      lines.join('\n'),
    );
  }
  if (answers.length > 0) {
    const lines = answers.map(
      ({ question, answer }) =>
        `- You asked: ${question}\n  The answer: ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`,
    );
    sections.push('## Answers to your questions', lines.join('\n'));
  }
  if (advice.length > 0) {
    sections.push('## Advice from a person', advice.map((each) => `- ${each}`).join('\n'));
  }
  if (handedOver.length > 0) {
    const lines = handedOver.map(
      ({ from, reason, notes }) =>
        `- ${from} handed it on: ${reason}${notes === null ? '' : `\n  ${notes}`}`,
    );
    sections.push('## Handed over to you', lines.join('\n'));
  }
  if (lessons.length > 0) {
    const lines = lessons.map(
      (lesson) =>
        `- Tried: ${within(lesson.originalApproach)}\n  It failed: ${within(lesson.failureReason)}\n  Instead: ${within(lesson.improvedApproach)}`,
    );
    sections.push('## Lessons from earlier failures', lines.join('\n'));
  }
  if (context.length > 0) {
    const lines = context.map(({ content, why }) => `- ${within(content)} (${why.join('; ')})`);
    sections.push('## Also known', lines.join('\n'));
  }
  if (leftOut > 0) {
    sections.push(
      `(${leftOut} more lessons or memories did not fit in here; ask for them if need be.)`,
    );
  }
  if (task.scope.length > 0) {
    sections.push('## Files you may touch', task.scope.map((glob) => `- ${glob}`).join('\n'));
  }
  if (task.verify !== undefined) {
    sections.push('## It is done when this succeeds', `\`${task.verify.join(' ')}\``);
  }
  return sections.filter((section) => section !== '').join('\n\n') + '\n';
}

/** Text that was remembered, as part of a list: it can begin no section of its own. */
const within = (text: string) => text.replaceAll('\n', '\n  ');
