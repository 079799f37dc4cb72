import type { Command } from 'commander';
import pc from 'picocolors';
import type { AuroraConfig } from '../../config/config-file.ts';
import type { Environment } from '../../config/environment.ts';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { roles } from '../../domain/role.ts';
import { openServices } from '../../runtime/services.ts';
import { checkExecutors } from '../check-executors.ts';
import { checkPlanner } from '../check-planner.ts';
import { answer, besideRunningUp, configOf, openContext, type CliContext } from '../cli-context.ts';
import type { Finding } from '../finding.ts';

export function defineCheck(command: Command): void {
  command.option('--json', 'print one JSON object').action(check);
}

async function check(options: { json?: boolean }): Promise<void> {
  const context = openContext(options);
  const config = await configOf(context.env);
  const findings = [
    {
      level: 'ok' as const,
      what: 'configuration',
      detail: `${config.agents.length} agents from ${config.file ?? 'the built-in default'}`,
    },
    ...checkRoles(config),
    ...(await checkExecutors(config, context.env)),
    ...(await checkPlanner(config, context.env)),
    ...checkWebhook(config, context.env),
    ...(await checkServices(context, config)),
  ];
  const errors = findings.filter(({ level }) => level === 'error').length;
  const marks = { ok: pc.green('✔'), warning: pc.yellow('!'), error: pc.red('✖') };
  const lines = findings.map(({ level, what, detail }) => `${marks[level]} ${what}: ${detail}`);
  answer(context, { ok: errors === 0, findings }, lines.join('\n'));
  if (errors > 0) process.exitCode = findings.some(({ what }) => what === 'services') ? 3 : 1;
}

function checkRoles({ agents }: AuroraConfig): Finding[] {
  const missing = roles.filter((role) => !agents.some((agent) => agent.role === role));
  if (missing.length === 0) return [];
  const detail = `no agent for ${missing.join(', ')}; a plan that needs one is refused`;
  return [{ level: 'warning', what: 'roles', detail }];
}

function checkWebhook({ escalations }: AuroraConfig, { variables }: Environment): Finding[] {
  if (escalations.webhook === undefined || variables['AURORA_WEBHOOK_SECRET']) return [];
  const detail =
    'is told of escalations without a signature, so it cannot know who calls: set AURORA_WEBHOOK_SECRET';
  return [{ level: 'warning', what: 'webhook', detail }];
}

async function checkServices(context: CliContext, config: AuroraConfig): Promise<Finding[]> {
  const { log } = context;
  try {
    const env = await besideRunningUp(context.env);
    const services = await openServices({ env, config, log, workers: 0 });
    const { embedded, queues } = services;
    await services.close();
    return [
      { level: 'ok', what: 'postgres', detail: embedded ? 'embedded' : 'DATABASE_URL answers' },
      { level: 'ok', what: 'queue', detail: `on ${queues.kind}` },
    ];
  } catch (error) {
    if (!(error instanceof AuroraError)) throw error;
    return [{ level: 'error', what: 'services', detail: errorMessage(error) }];
  }
}
