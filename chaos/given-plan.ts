import { readFile } from 'node:fs/promises';
import { AuroraError, errorMessage } from '../src/domain/errors.ts';
import { roleSchema } from '../src/domain/role.ts';
import { looseTasks, type LooseTask } from '../src/maestro/planning/loose-plan.ts';
import { parsePlanFile } from '../src/maestro/planning/plan-file.ts';
import { validatePlan } from '../src/maestro/planning/plan-validator.ts';
import { agentPair, type ChaosPlan } from './chaos-plan.ts';
import { randomConduct } from './conduct.ts';
import { randomInterventions } from './intervention.ts';

/**
 * The DAG of a plan file. Who does a task stays as the plan says, what is done does not: agents of the
 * harness write files instead. Its prompts, checks, scopes and limits are left out.
 *
 * @throws AuroraError plan-invalid with every problem and its place, request-invalid
 */
export async function givenPlan(file: string): Promise<(random: () => number) => ChaosPlan> {
  const { content, source } = parsePlanFile(await read(file), file);
  const agents = agentsFor(looseTasks(content));
  const { plan } = validatePlan(content, agents, source);
  return (random) => ({
    title: plan.title,
    agents,
    tasks: plan.tasks.map(({ id, dependsOn, role, agent, capabilities }) => ({
      id,
      dependsOn,
      wants: { capabilities, ...(role && { role }), ...(agent && { agent }) },
      conduct: randomConduct(random),
    })),
    interventions: randomInterventions(random),
  });
}

/** Agents of every role and name that the plan speaks of, able to do all that it asks of them. */
function agentsFor(tasks: readonly LooseTask[]) {
  const asked = new Map<string, LooseTask[]>();
  for (const task of tasks) {
    const name = task.agent ?? task.role;
    if (name !== undefined) asked.set(name, [...(asked.get(name) ?? []), task]);
  }
  const made = [...asked].flatMap(([name, each]) => {
    const role = each.map((task) => roleSchema.safeParse(task.role)).find(({ success }) => success);
    return agentPair(name, role?.data ?? 'backend', [
      ...new Set(each.flatMap(({ capabilities }) => capabilities)),
    ]);
  });
  return [...new Map(made.map((agent) => [agent.name, agent])).values()];
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AuroraError('request-invalid', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
