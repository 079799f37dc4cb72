import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';
import { parseRedisAddress } from '../domain/redis-address.ts';
import { forgeKinds, type ForgeSettings } from '../domain/forge.ts';
import { durationSchema } from '../domain/duration.ts';

const url = (protocols: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((p) => (p === 'unix:' ? 'unix:/' : `${p}//`)).join(' or ')}`,
  });

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const environmentSchema = z.object({
  /** Postgres of yours; unset: the embedded one. */
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  /** Redis for queues and short-term memory; unset: both live in Postgres. */
  REDIS_URL: z
    .string()
    .refine((value) => parseRedisAddress(value) !== undefined, {
      message:
        'must be a URL that starts with redis:// or rediss:// or unix:/, with several hosts for a cluster',
    })
    .optional(),
  /** Over how many shards of Redis new runs are spread; Postgres has one. */
  AURORA_SHARDS: z.coerce
    .number('must be a number from 1 to 256')
    .int('must be a number from 1 to 256')
    .min(1, 'must be a number from 1 to 256')
    .max(256, 'must be a number from 1 to 256')
    .default(1),
  /** Where embedded services, mirrors and worktrees live. */
  AURORA_DATA_DIR: z.string().min(1).optional(),
  /** Configuration file; unset: aurora.config.{ts,mjs,json} in the current folder. */
  AURORA_CONFIG: z.string().min(1).optional(),
  /** How long the record keeps ended runs, in days. */
  AURORA_RETENTION_DAYS: z.coerce
    .number('must be a number of days, at least 1')
    .min(1, 'must be a number of days, at least 1')
    .int('must be a number of days, at least 1')
    .default(90),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce
    .number('must be a number from 0 to 65535')
    .int('must be a number from 0 to 65535')
    .min(0, 'must be a number from 0 to 65535')
    .max(65_535, 'must be a number from 0 to 65535')
    .default(4700),
  /** Bearer token of the web server; needed when HOST is not loopback. */
  AURORA_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  /** Where the web server can be reached from agents and webhooks. */
  AURORA_URL: url(['http:', 'https:']).optional(),
  MEM0_API_KEY: z.string().min(1).optional(),
  MEM0_HOST: url(['http:', 'https:']).optional(),
  /** Finds memories by meaning beside the words. */
  AURORA_EMBEDDER: z
    .string()
    .regex(
      /^(?:lexical|(?:openai|ollama):\S+)$/,
      'must be lexical, openai:<model> or ollama:<model>',
    )
    .default('lexical'),
  AURORA_EMBEDDER_URL: url(['http:', 'https:']).optional(),
  AURORA_EMBEDDER_KEY: z.string().min(1).optional(),
  OPENAI_API_KEY: z.string().optional(),
  /** Tokens that lessons and memories may take of a prompt. */
  AURORA_MEMORY_TOKENS: z.coerce
    .number('must be a number of tokens from 0 to 1000000')
    .int('must be a number of tokens from 0 to 1000000')
    .min(0, 'must be a number of tokens from 0 to 1000000')
    .max(1_000_000, 'must be a number of tokens from 0 to 1000000')
    .default(4_000),
  /** What the repository's host is, where its name does not tell. */
  AURORA_FORGE: z.enum(forgeKinds, `must be ${forgeKinds.join(' or ')}`).optional(),
  /** Base URL of its API. */
  AURORA_FORGE_API: url(['http:', 'https:']).optional(),
  GITHUB_TOKEN: z.string().optional(),
  GH_TOKEN: z.string().optional(),
  GITLAB_TOKEN: z.string().optional(),
  /** Share of the attempts that a lesson of another task is withheld from, to learn what it does. */
  AURORA_LESSON_HOLDOUT: z.coerce
    .number('must be a share from 0 to 0.5')
    .min(0, 'must be a share from 0 to 0.5')
    .max(0.5, 'must be a share from 0 to 0.5')
    .default(0.1),
  /** Variables that git's credential helpers read. */
  AURORA_GIT_ENV: z
    .string()
    .regex(/^[A-Za-z_]\w*(?:,[A-Za-z_]\w*)*$/, 'must be names of variables with commas in between')
    .optional(),
  /** How long a stopping process waits for its attempts; below Heroku's 30 s. */
  AURORA_SHUTDOWN_GRACE: durationSchema.default(20_000),
});

/** An embedder behind HTTP. */
export interface EmbedderChoice {
  readonly kind: 'openai' | 'ollama';
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

/** Everything that the environment decides, validated. */
export interface Environment {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly shards: number;
  readonly retentionDays: number;
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly logLevel: z.infer<typeof environmentSchema>['LOG_LEVEL'];
  readonly url: string | undefined;
  readonly mem0: { readonly apiKey: string; readonly host?: string } | undefined;
  /** Undefined: lexical, in this process. */
  readonly embedder: EmbedderChoice | undefined;
  /** Tokens that lessons and memories may take of a prompt. */
  readonly memoryTokens: number;
  readonly forge: ForgeSettings;
  /** 0 to 0.5. */
  readonly lessonHoldout: number;
  /** Milliseconds. */
  readonly shutdownGrace: number;
  /** The process environment as it was, for agents' scrubbed environments. */
  readonly variables: Readonly<Record<string, string>>;
  readonly isTerminal: boolean;
}

/**
 * Reads the process environment, the only place that does. Empty variables count as unset.
 *
 * @throws AuroraError config-invalid with every problem at once
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const variables = Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const parsed = environmentSchema.safeParse(variables);
  const problems = (parsed.error?.issues ?? []).map(({ path: [name], message }) => ({
    path: String(name),
    message,
  }));
  const host = variables['HOST'];
  if (host !== undefined && !isLoopback(host) && variables['AURORA_TOKEN'] === undefined) {
    problems.push({
      path: 'HOST',
      message: `is ${host}, which others can reach: set AURORA_TOKEN to a secret of at least 16 characters`,
    });
  }
  const embedder = parsed.success ? embedderOf(parsed.data) : undefined;
  if (embedder?.kind === 'openai' && embedder.baseUrl === openAi && embedder.apiKey === undefined) {
    problems.push({
      path: 'AURORA_EMBEDDER',
      message: 'needs a key: set OPENAI_API_KEY or AURORA_EMBEDDER_KEY (or AURORA_EMBEDDER_URL)',
    });
  }
  if (!parsed.success || problems.length > 0) {
    throw new AuroraError(
      'config-invalid',
      `The environment has ${problems.length} problem(s):\n` +
        problems.map((problem) => `  ${problem.path} ${problem.message}`).join('\n'),
      { problems },
    );
  }
  const env = parsed.data;
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    shards: env.AURORA_SHARDS,
    retentionDays: env.AURORA_RETENTION_DAYS,
    dataDir: path.resolve(env.AURORA_DATA_DIR ?? defaultDataDir(variables)),
    configFile: env.AURORA_CONFIG,
    host: env.HOST,
    port: env.PORT,
    token: env.AURORA_TOKEN,
    logLevel: env.LOG_LEVEL,
    url: env.AURORA_URL,
    mem0: env.MEM0_API_KEY
      ? { apiKey: env.MEM0_API_KEY, ...(env.MEM0_HOST ? { host: env.MEM0_HOST } : {}) }
      : undefined,
    embedder,
    memoryTokens: env.AURORA_MEMORY_TOKENS,
    forge: forgeOf(env),
    lessonHoldout: env.AURORA_LESSON_HOLDOUT,
    shutdownGrace: env.AURORA_SHUTDOWN_GRACE,
    variables,
    isTerminal: Boolean(process.stdout.isTTY),
  };
}

function forgeOf(env: z.infer<typeof environmentSchema>): ForgeSettings {
  const github = env.GITHUB_TOKEN || env.GH_TOKEN;
  return {
    kind: env.AURORA_FORGE,
    api: env.AURORA_FORGE_API,
    tokens: {
      ...(github === undefined ? {} : { github }),
      ...(env.GITLAB_TOKEN === undefined ? {} : { gitlab: env.GITLAB_TOKEN }),
    },
  };
}

const openAi = 'https://api.openai.com/v1';

function embedderOf(env: z.infer<typeof environmentSchema>): EmbedderChoice | undefined {
  const colon = env.AURORA_EMBEDDER.indexOf(':');
  if (colon === -1) return undefined;
  const kind = env.AURORA_EMBEDDER.slice(0, colon) as EmbedderChoice['kind'];
  const model = env.AURORA_EMBEDDER.slice(colon + 1);
  const { AURORA_EMBEDDER_URL: baseUrl, AURORA_EMBEDDER_KEY: apiKey, OPENAI_API_KEY } = env;
  return kind === 'openai'
    ? // OpenAI's own key goes to OpenAI alone.
      {
        kind,
        model,
        baseUrl: baseUrl ?? openAi,
        apiKey: apiKey ?? (baseUrl ? undefined : OPENAI_API_KEY),
      }
    : { kind, model, baseUrl: baseUrl ?? 'http://127.0.0.1:11434', apiKey };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** root: /var/lib (the embedded Postgres runs as nobody and must reach it); others: XDG state. */
function defaultDataDir(variables: Readonly<Record<string, string>>): string {
  if (process.getuid?.() === 0) return '/var/lib/aurora';
  const state = variables['XDG_STATE_HOME'] ?? path.join(homedir(), '.local', 'state');
  return path.join(state, 'aurora');
}
