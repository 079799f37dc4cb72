import { AuroraError } from '../domain/errors.ts';
import {
  isKnownProvider,
  knownProviders,
  modelReferenceSchema,
  type ModelPrice,
  type ModelProviders,
} from '../domain/model.ts';
import { providerOf } from './providers/index.ts';
import type { Provider, ProviderAccess } from './providers/provider.ts';

/** Where models are known from. */
export interface ModelSettings {
  /** `models` of the configuration. */
  readonly providers: ModelProviders;
  /** The environment, for keys and base URLs. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where the configuration is; packages that it names are looked for from there. */
  readonly directory: string;
}

/** How a model is reached, before anything is loaded or asked. */
export interface ModelAccess extends ProviderAccess {
  readonly kind: Provider;
  readonly model: string;
  readonly price: ModelPrice | undefined;
}

/**
 * Finds what a reference stands for: the provider, its address and its key.
 *
 * @param reference `provider:name`
 * @throws AuroraError `model-unknown`, `model-key-missing`
 */
export function resolveModel(reference: string, settings: ModelSettings): ModelAccess {
  if (!modelReferenceSchema.safeParse(reference).success) {
    throw new AuroraError(
      'model-unknown',
      `"${reference}" is not a model: write provider:name, for instance openai:gpt-5.`,
    );
  }
  const colon = reference.indexOf(':');
  const [provider, model] = [reference.slice(0, colon), reference.slice(colon + 1)];
  const configured = settings.providers[provider];
  if (configured === undefined && !isKnownProvider(provider)) {
    const known = [...new Set([...knownProviders, ...Object.keys(settings.providers)])];
    throw new AuroraError(
      'model-unknown',
      `"${provider}" of ${reference} is not a provider: there are ${known.join(', ')}.`,
    );
  }
  const kind = providerOf(provider, configured?.package, settings.directory);
  return {
    ...{ kind, provider, model },
    baseUrl: baseUrlOf(kind, configured?.baseUrl, settings),
    apiKey: keyOf(reference, kind, configured?.apiKeyEnv, settings),
    structuredOutput: configured?.structuredOutput ?? true,
    price: configured?.pricing[model],
    fetch: fetchWithoutRedirects,
  };
}

function baseUrlOf(kind: Provider, configured: string | undefined, settings: ModelSettings) {
  const variable = kind.baseUrlVariable;
  const fromEnvironment = variable === undefined ? undefined : settings.variables[variable];
  const url = configured ?? (fromEnvironment || undefined) ?? kind.defaultBaseUrl ?? '';
  const bare = url.replace(/\/+$/, '');
  return kind.normaliseBaseUrl?.(bare) ?? bare;
}

/** A server of one's own may need no key; a named variable that is empty is a mistake. */
function keyOf(
  reference: string,
  kind: Provider,
  configured: string | undefined,
  { variables }: ModelSettings,
): string | undefined {
  const names = configured === undefined ? kind.keyVariables : [configured];
  const found = names.map((name) => variables[name]).find((value) => value);
  if (found !== undefined || names.length === 0) return found;
  throw new AuroraError(
    'model-key-missing',
    `${reference} needs a key: set ${names.join(' or ')}, where the process runs that asks it.`,
  );
}

/** A redirect to another host would carry the key along: only `authorization` is dropped by fetch. */
const fetchWithoutRedirects: typeof fetch = (input, init) =>
  fetch(input, { ...init, redirect: 'error' });
