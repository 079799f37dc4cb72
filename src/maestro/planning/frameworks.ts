import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Manifests that name what a project stands on. */
const manifests =
  /^(?:package\.json|pyproject\.toml|requirements\.txt|Gemfile|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|composer\.json|mix\.exs|pubspec\.yaml)$/;

/** Frameworks by the names that manifests give them. */
const known =
  'react vue svelte angular next nuxt express fastify koa nestjs hapi django flask fastapi starlette sqlalchemy rails sinatra gin echo fiber actix axum rocket tokio spring quarkus micronaut laravel symfony phoenix flutter electron drizzle prisma jest vitest mocha playwright pytest rspec junit'.split(
    ' ',
  );

/** The frameworks that a repository's manifests name, in the order of the alphabet. */
export async function readFrameworks(
  directory: string,
  files: readonly string[],
): Promise<string[]> {
  const texts = await Promise.all(
    files
      .filter((file) => manifests.test(file))
      .map((file) => readFile(join(directory, file), 'utf8')),
  );
  const words = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z][a-z0-9]*/g) ?? []));
  return known.filter((name) => words.has(name)).sort();
}
