// A scaffolder for the notes service. It stands where a coding agent would: Aurora starts it in a
// task's worktree, gives it the task as JSON on stdin, and commits what it changed. It writes real
// files from templates (scaffolds/); a task that it has no template for gets a design note, and the
// summary says so.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseWork } from './choose-work.mjs';
import { rulesTaught } from './lessons.mjs';

const role = process.argv[2] ?? 'agent';
// A template is copied in no time; a coding agent thinks. So that a person can watch the fleet at
// work, a task takes 0.5 to 3 s, always the same for one task. SCAFFOLD_PACE=0 switches that off.
const pace = Number(process.env.SCAFFOLD_PACE ?? 1);

const input = await json(process.stdin);
const { task } = input;
const work = chooseWork(input, rulesTaught(input.lessons ?? []));

console.log(`${role}: ${task.title}`);
const steps = work.steps.length;
for (const [index, step] of work.steps.entries()) {
  await sleep((pace * thinkingTime(task.id)) / steps);
  console.log(`[${index + 1}/${steps}] ${await step.run()}`);
}

const report = await work.report();
console.log(report.summary);
if (process.env.AURORA_RESULT_FILE) {
  await writeFile(process.env.AURORA_RESULT_FILE, JSON.stringify(report));
}

/** Milliseconds between 500 and 3,000 that depend on the task's id alone. */
function thinkingTime(id) {
  return 500 + (createHash('sha256').update(id).digest().readUInt16BE(0) % 2_501);
}
