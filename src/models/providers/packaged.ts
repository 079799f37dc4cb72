import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import type { OpenedLanguageModel, Provider } from './provider.ts';

/** What the `create…` function of each of the SDK's packages takes and makes. */
type Create = (options: {
  readonly apiKey?: string;
  readonly baseURL?: string;
  readonly fetch: typeof fetch;
}) => { readonly languageModel: (model: string) => OpenedLanguageModel };

/**
 * Any provider of the AI SDK, by the package that the owner has installed beside the configuration.
 * Without a key or a base URL of ours it takes its own, from the variables that it documents.
 *
 * @param directory where the configuration is
 */
export function packagedProvider(packageName: string, directory: string): Provider {
  return {
    keyVariables: [],
    async open({ apiKey, baseUrl, fetch }, model) {
      const create = await findCreate(packageName, directory);
      const provider = create({
        ...(apiKey !== undefined && { apiKey }),
        ...(baseUrl !== '' && { baseURL: baseUrl }),
        fetch,
      });
      return provider.languageModel(model);
    },
  };
}

/** @throws AuroraError `model-unknown` */
async function findCreate(packageName: string, directory: string): Promise<Create> {
  const exported = await load(packageName, directory);
  const [, create] =
    Object.entries(exported).find(
      ([name, value]) => /^create[A-Z]/.test(name) && typeof value === 'function',
    ) ?? [];
  if (create !== undefined) return create as Create;
  throw new AuroraError(
    'model-unknown',
    `${packageName} is no provider of the AI SDK: it exports no create function.`,
  );
}

async function load(packageName: string, directory: string): Promise<Record<string, unknown>> {
  const { tsImport } = await import('tsx/esm/api');
  try {
    // Found as the configuration itself would find it.
    const parent = pathToFileURL(path.join(directory, 'aurora.config.ts')).href;
    return (await tsImport(packageName, parent)) as Record<string, unknown>;
  } catch (error) {
    throw new AuroraError(
      'model-unknown',
      `${packageName} cannot be loaded from ${directory} (npm install ${packageName}): ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
