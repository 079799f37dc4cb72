import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { dot } from '../../drawing/dot.ts';
import { mermaid } from '../../drawing/mermaid.ts';
import { svg } from '../../drawing/svg.ts';
import { inspectRepository } from '../../git/inspect-repository.ts';
import type { PlannerName } from '../../domain/planned-by.ts';
import { previewPlan, type PlannedPreview } from '../../maestro/preview-plan.ts';
import {
  choosePlanner,
  plannerName,
  rulesPlanner,
  type Planner,
  type PlanningConfig,
} from '../../maestro/planning/request-planner.ts';
import { submitRun } from '../../maestro/submit-run.ts';
import { resolveModel } from '../../models/model-access.ts';
import { planningConfig } from '../../runtime/planning-config.ts';
import { stoppable } from '../stoppable.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { withServices } from '../with-services.ts';
import { answer, configOf, openContext, say } from '../cli-context.ts';
import { planKnowledge } from '../plan-knowledge.ts';
import { drawPreview, renderPlan } from '../plan-view.ts';
import {
  plannerOption,
  readRequest,
  requestOptions,
  type RequestOptions,
} from '../read-request.ts';
import { savePlanFile } from '../save-plan.ts';

const formats = ['text', 'mermaid', 'dot', 'svg', 'json'] as const;

interface PlanOptions extends RequestOptions {
  format: (typeof formats)[number];
  save?: string;
  approve?: boolean;
  planner?: PlannerName;
  why?: boolean;
  json?: boolean;
}

const examples = `
Examples:
  aurora plan "Users can search notes by title" --repo .
  aurora plan --file requirement.md --save plan.yaml     (edit it, then: aurora run --plan plan.yaml)
  aurora plan --plan plan.yaml --format svg > plan.svg`;

export function definePlan(command: Command): void {
  requestOptions(command)
    .addOption(plannerOption())
    .addOption(new Option('--format <format>', 'how to print it').choices(formats).default('text'))
    .option('--why', 'say of every dependency why it is there')
    .option('--save <file>', 'write it as a plan file that one can edit and run')
    .option('--approve', 'submit it; it starts when somebody has approved the plan')
    .option('--json', 'the same as --format json')
    .addHelpText('after', examples)
    .action(plan);
}

async function plan(requirement: string | undefined, options: PlanOptions): Promise<void> {
  const context = openContext({ json: options.json === true || options.format === 'json' });
  const { env } = context;
  const config = await configOf(env);
  const { agents } = config;
  const request = await readRequest(requirement, options, agents);
  const repository =
    request.repository === undefined
      ? undefined
      : await inspectRepository(request.repository, { environment: env.variables });
  if (repository?.dirty) {
    say(
      pc.yellow(
        `${repository.url} has uncommitted changes; the plan is made from the last commit.`,
      ),
    );
  }
  const planner = await plannerFor(request, options, planningConfig(config, env));
  const knowledge = await planKnowledge(context, agents);
  let preview: PlannedPreview | undefined;
  if (planner.name === 'model' && env.isTerminal) {
    say(pc.dim(`Asking ${config.planner.model} for a plan …`));
  }
  // A model takes its time: whoever stops the command stops the question.
  await stoppable(async (_closer, signal) => {
    preview = await previewPlan({
      ...{ request, agents, knowledge, planner, signal },
      repository: repository && { url: repository.url, commit: repository.head },
      environment: env.variables,
    });
  });
  if (preview === undefined) return;
  const planned: PlannedPreview = preview;
  if (options.save !== undefined) {
    const place = repository === undefined ? {} : { repository: repository.url };
    await savePlanFile(options.save, { ...planned, plan: { ...planned.plan, ...place } });
    say(`Saved as ${options.save}; run it with: aurora run --plan ${options.save}`);
  }
  if (options.approve !== true) return answer(context, planned, printed(planned, options));
  await withServices(options, async (services, maestro) => {
    // A model would plan it differently the next time: what is approved is what was shown.
    const { plan, reasons, questions, plannedBy } = planned;
    const shown = { plan, reasons, questions, ...(plannedBy !== undefined && { plannedBy }) };
    const asked = { ...request, planner: options.planner, approve: true };
    const { run } = await submitRun(maestro, asked, shown);
    answer(context, { ...planned, runId: run.id }, printed(planned, options));
    say(`${run.id} waits for approval. Start it: aurora approve ${run.id}`);
    say(`Send it back with comments: aurora amend ${run.id} "…"`);
    if (!(await isFleetAlive(services))) {
      say(pc.yellow('No fleet is running: start one with `aurora up`.'));
    }
  });
}

/** @throws AuroraError request-invalid, model-unknown, model-key-missing */
async function plannerFor(
  { plan }: { readonly plan?: unknown },
  options: PlanOptions,
  planning: PlanningConfig,
): Promise<Planner> {
  if (plan !== undefined) return rulesPlanner;
  const { settings, models } = planning;
  // Whoever looks at a plan can mend a missing key at once; a run goes on without the model.
  if (plannerName(options.planner, settings) === 'model') {
    resolveModel(settings.model as string, models);
  }
  return choosePlanner(options.planner, planning);
}

function printed(preview: PlannedPreview, { format, why = false }: PlanOptions): string {
  switch (format) {
    case 'mermaid':
      return mermaid(drawPreview(preview));
    case 'dot':
      return dot(drawPreview(preview));
    case 'svg':
      return svg(drawPreview(preview));
    case 'text':
    case 'json':
      return renderPlan(preview, process.stdout.columns ?? Infinity, why);
  }
}
