import type { BriefedSide, ClashBrief } from '../../domain/merge-clash.ts';

/** Characters of a diff that go into a prompt; the whole is in the repository. */
const maxDiff = 8_000;

/** Sections of a prompt: what has to be settled, and all that is known of both sides. */
export function describeClash(clash: ClashBrief): string[] {
  const { kind, message, evidence, files, own, others, isOthersAlone } = clash;
  const list = files.map((file) => `- ${file}`).join('\n');
  const state =
    kind === 'conflict'
      ? `In these files both sides changed the same places:\n${list}\nConflict markers show the branch's side first, then the common base, then yours. Settle each so that it does what both sides are for, remove the markers, and \`git add\` a file that shall stay as it is.`
      : isOthersAlone === true
        ? 'Both sides are merged here without a conflict. The check is red on the branch alone, too: mend what the other side broke.'
        : 'Both sides are merged here without a conflict, but the check is red on the result. Change what has to be changed so that both do what they are for.';
  return [
    '## First: finish this merge',
    `You have done this task already, but ${lowerFirst(message)}\nThis folder holds the merge of that work with the branch. Do not start anew. ${state}`,
    ...(evidence === '' ? [] : ['### What was seen', fenced(evidence)]),
    '### Your side',
    describeSide(own),
    ...others.flatMap((side) => ['### The other side', describeSide(side)]),
  ];
}

function describeSide({ taskId, title, prompt, summary, commit, diff }: BriefedSide): string {
  return [
    `Task \`${taskId}\`: ${title} (commit ${commit.slice(0, 10)})`,
    ...(prompt.trim() === '' ? [] : [prompt.trim()]),
    ...(summary === null ? [] : [`What was done: ${summary}`]),
    ...(diff === '' ? [] : [fenced(diff)]),
  ].join('\n\n');
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const shown = text.length <= maxDiff ? text : `${text.slice(0, maxDiff)}\n(cut here)`;
  return `${fence}\n${shown.trimEnd()}\n${fence}`;
}

const lowerFirst = (text: string) => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
