import type { LanguageModel } from 'ai';

/** A model that the SDK can ask; never a bare name, which would go through a gateway. */
export type OpenedLanguageModel = Exclude<LanguageModel, string>;

export interface ProviderAccess {
  readonly provider: string;
  readonly apiKey: string | undefined;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Whether answers are held to a JSON schema by the provider. */
  readonly structuredOutput: boolean;
  readonly fetch: typeof fetch;
}

/** How one kind of provider is reached. Its package is loaded only when it is used. */
export interface Provider {
  /** Variables that hold the key, the provider's documented one first. */
  readonly keyVariables: readonly string[];
  /** The variable that overrides `defaultBaseUrl`. */
  readonly baseUrlVariable?: string;
  readonly defaultBaseUrl?: string;
  /** Makes of a base URL as people write it the one that paths are appended to. */
  readonly normaliseBaseUrl?: (url: string) => string;
  readonly open: (access: ProviderAccess, model: string) => Promise<OpenedLanguageModel>;
  /** The headers that its own requests carry the key in; only its package knows when there is none. */
  readonly authorise?: (apiKey: string) => Record<string, string>;
}
