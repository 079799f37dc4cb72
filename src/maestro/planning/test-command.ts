import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const packageManifest = z.looseObject({ scripts: z.record(z.string(), z.unknown()).optional() });

const lockfiles: readonly (readonly [string, readonly string[]])[] = [
  ['pnpm-lock.yaml', ['pnpm', 'test']],
  ['yarn.lock', ['yarn', 'test']],
  // `bun test` would start bun's own runner instead of the script.
  ['bun.lockb', ['bun', 'run', 'test']],
  ['bun.lock', ['bun', 'run', 'test']],
];

/** Files that show by themselves how a project is tested, first match wins. */
const byFile: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^Cargo\.toml$/, ['cargo', 'test']],
  [/^go\.mod$/, ['go', 'test', './...']],
  [/^mvnw$/, ['./mvnw', '-q', 'test']],
  [/^pom\.xml$/, ['mvn', '-q', 'test']],
  [/^gradlew$/, ['./gradlew', 'test']],
  [/^build\.gradle(?:\.kts)?$/, ['gradle', 'test']],
  [/^mix\.exs$/, ['mix', 'test']],
  [/^\.rspec$/, ['bundle', 'exec', 'rspec']],
  [/^phpunit\.xml(?:\.dist)?$/, ['vendor/bin/phpunit']],
  [/\.sln$|^[^/]+\.csproj$/, ['dotnet', 'test']],
  [
    /^(?:pytest\.ini|conftest\.py)$|^tests?\/(?:.*\/)?test_[^/]+\.py$/,
    ['python3', '-m', 'pytest', '-q'],
  ],
];

/** The test script that `npm init` writes; it fails on purpose. */
const placeholder = /no test specified/;

/**
 * How the repository runs its own tests: package.json's script, a Makefile's `test` target, or what
 * the build files of the language say. Null when nothing shows it.
 *
 * @param files paths relative to the directory
 */
export async function detectTestCommand(
  directory: string,
  files: readonly string[],
): Promise<readonly string[] | null> {
  const has = new Set(files);
  if (has.has('package.json')) {
    const script = await testScript(join(directory, 'package.json'));
    if (script !== undefined && !placeholder.test(script)) {
      return lockfiles.find(([file]) => has.has(file))?.[1] ?? ['npm', 'test'];
    }
  }
  for (const makefile of ['Makefile', 'makefile', 'GNUmakefile']) {
    if (has.has(makefile) && /^test\s*:/m.test(await readFile(join(directory, makefile), 'utf8'))) {
      return ['make', 'test'];
    }
  }
  if (has.has('pyproject.toml')) {
    const text = await readFile(join(directory, 'pyproject.toml'), 'utf8');
    if (/pytest/.test(text)) return ['python3', '-m', 'pytest', '-q'];
  }
  return byFile.find(([pattern]) => files.some((file) => pattern.test(file)))?.[1] ?? null;
}

/** A manifest that is not JSON is the repository's trouble, not a reason to refuse the request. */
async function testScript(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const script = packageManifest.safeParse(content).data?.scripts?.['test'];
  return typeof script === 'string' ? script : undefined;
}
