import { isKnownProvider, type KnownProvider } from '../../domain/model.ts';
import { anthropic } from './anthropic.ts';
import { compatible } from './compatible.ts';
import { google } from './google.ts';
import { openai } from './openai.ts';
import type { Provider } from './provider.ts';

const providers: Readonly<Record<KnownProvider, Provider>> = { openai, anthropic, google };

/** The provider of that name; every name that is not known speaks OpenAI's chat completions. */
export function providerOf(name: string): Provider {
  return isKnownProvider(name) ? providers[name] : compatible;
}
