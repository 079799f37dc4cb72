import { z } from 'zod';

/** `provider:name`; the name is the provider's own and may hold colons and slashes. */
export const modelReferenceSchema = z
  .string()
  .max(300)
  .regex(/^[a-z0-9][a-z0-9-]*:\S+$/, { message: 'must be written as provider:name' });

/** Providers that need no `baseUrl`. */
export const knownProviders = ['openai', 'anthropic', 'google'] as const;
export type KnownProvider = (typeof knownProviders)[number];

export function isKnownProvider(name: string): name is KnownProvider {
  return (knownProviders as readonly string[]).includes(name);
}

/** US dollars per million tokens. */
const price = z.number().min(0).max(1e6);

/** What a model costs, US dollars per million tokens. */
export const modelPriceSchema = z.strictObject({
  input: price,
  output: price,
  /** Input that the provider had cached; as `input` when nobody says. */
  cachedInput: price.optional(),
  /** Input that the provider put into its cache; as `input` when nobody says. */
  cacheWrite: price.optional(),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;

/** One provider under `models`. */
export const modelProviderSchema = z.strictObject({
  /** Where it speaks: OpenAI's chat completions, or for `anthropic` and `google` their own API. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** A package of the AI SDK, such as `@ai-sdk/mistral`, installed beside the configuration. */
  package: z
    .string()
    .max(214)
    .regex(
      /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/,
      'must be the name of an npm package',
    )
    .optional(),
  /** The environment variable that holds its key; the provider's own when nobody says. */
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional(),
  /** Whether it holds its answers to a JSON schema; else the schema is only told. */
  structuredOutput: z.boolean().default(true),
  /** By model name. Without a price the cost of a call is unknown. */
  pricing: z.record(z.string().min(1), modelPriceSchema).default({}),
});

/** `models` of the configuration: providers by the name that stands before the colon. */
export const modelProvidersSchema = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), modelProviderSchema)
  .superRefine((providers, context) => {
    for (const [name, { baseUrl, package: packageName }] of Object.entries(providers)) {
      if (baseUrl !== undefined || packageName !== undefined || isKnownProvider(name)) continue;
      const message = `is needed, or a package: only ${knownProviders.join(', ')} have one of their own`;
      context.addIssue({ code: 'custom', path: [name, 'baseUrl'], message });
    }
  });
export type ModelProviders = Readonly<Record<string, z.infer<typeof modelProviderSchema>>>;
