import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { dot } from '../../drawing/dot.ts';
import { mermaid } from '../../drawing/mermaid.ts';
import { svg } from '../../drawing/svg.ts';
import { inspectRepository } from '../../git/inspect-repository.ts';
import { previewPlan, type PlannedPreview } from '../../maestro/preview-plan.ts';
import { submitRun } from '../../maestro/submit-run.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { withServices } from '../with-services.ts';
import { answer, configOf, openContext, say } from '../cli-context.ts';
import { planKnowledge } from '../plan-knowledge.ts';
import { drawPreview, renderPlan } from '../plan-view.ts';
import { readRequest, requestOptions, type RequestOptions } from '../read-request.ts';
import { savePlanFile } from '../save-plan.ts';

const formats = ['text', 'mermaid', 'dot', 'svg', 'json'] as const;

interface PlanOptions extends RequestOptions {
  format: (typeof formats)[number];
  save?: string;
  approve?: boolean;
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
  const { agents } = await configOf(env);
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
  const preview = await previewPlan({
    ...{ request, agents },
    repository: repository && { url: repository.url, commit: repository.head },
    environment: env.variables,
    knowledge: await planKnowledge(context, agents),
  });
  if (options.save !== undefined) {
    const place = repository === undefined ? {} : { repository: repository.url };
    await savePlanFile(options.save, { ...preview, plan: { ...preview.plan, ...place } });
    say(`Saved as ${options.save}; run it with: aurora run --plan ${options.save}`);
  }
  if (options.approve !== true) return answer(context, preview, printed(preview, options));
  await withServices(options, async (services, maestro) => {
    const { run } = await submitRun(maestro, { ...request, approve: true });
    answer(context, { ...preview, runId: run.id }, printed(preview, options));
    say(`${run.id} waits for approval. Start it: aurora approve ${run.id}`);
    say(`Send it back with comments: aurora amend ${run.id} "…"`);
    if (!(await isFleetAlive(services))) {
      say(pc.yellow('No fleet is running: start one with `aurora up`.'));
    }
  });
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
