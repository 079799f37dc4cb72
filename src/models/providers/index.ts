import { isKnownProvider, type KnownProvider } from '../../domain/model.ts';
import { anthropic } from './anthropic.ts';
import { compatible } from './compatible.ts';
import { google } from './google.ts';
import { openai } from './openai.ts';
import { packagedProvider } from './packaged.ts';
import type { Provider } from './provider.ts';

const providers: Readonly<Record<KnownProvider, Provider>> = { openai, anthropic, google };

/**
 * The provider of that name: by its package where one is named; of those that are not known, the
 * others speak OpenAI's chat completions.
 *
 * @param directory where packages are looked for
 */
export function providerOf(
  name: string,
  packageName: string | undefined,
  directory: string,
): Provider {
  if (packageName !== undefined) return packagedProvider(packageName, directory);
  return isKnownProvider(name) ? providers[name] : compatible;
}
