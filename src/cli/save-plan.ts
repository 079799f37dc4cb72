import { writeFile } from 'node:fs/promises';
import { Document, isScalar, isSeq } from 'yaml';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { Plan, PlanInput } from '../domain/plan.ts';
import type { PlanningResult } from '../domain/planning-result.ts';
import { taskFields } from '../domain/task.ts';

/**
 * A plan as a file that a person can read, edit and run: defaults are left out, and every dependency
 * has its reason beside it.
 */
export function planFileText({ plan, reasons }: Pick<PlanningResult, 'plan' | 'reasons'>): string {
  const document = new Document(withoutDefaults(plan), { aliasDuplicateObjects: false });
  document.commentBefore =
    ' Edit it and run it: aurora run --plan THIS-FILE\n Look at it first: aurora plan --plan THIS-FILE';
  plan.tasks.forEach(({ id }, index) => {
    const edges = document.getIn(['tasks', index, 'dependsOn'], true);
    if (!isSeq(edges)) return;
    for (const edge of edges.items) {
      if (!isScalar(edge)) continue;
      const reason = reasons[id]?.[String(edge.value)];
      if (reason !== undefined) edge.comment = ` ${reason.replace(/\s+/g, ' ')}`;
    }
  });
  return document.toString({ lineWidth: 100 });
}

/** @throws AuroraError request-invalid when the file cannot be written */
export async function savePlanFile(
  file: string,
  planning: Pick<PlanningResult, 'plan' | 'reasons'>,
): Promise<void> {
  try {
    await writeFile(file, planFileText(planning));
  } catch (error) {
    throw new AuroraError('request-invalid', `${file} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** What says no more than leaving it out would. */
function withoutDefaults({ tasks, ...plan }: Plan): PlanInput {
  return {
    ...plan,
    tasks: tasks.map((task) => {
      const said = Object.entries(task).filter(([field, value]) => {
        const parsed = taskFields[field as keyof typeof taskFields].safeParse(undefined);
        return !parsed.success || JSON.stringify(parsed.data) !== JSON.stringify(value);
      });
      return Object.fromEntries(said) as PlanInput['tasks'][number];
    }),
  };
}
