import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { readFrameworks } from './frameworks.ts';
import { detectTestCommand } from './test-command.ts';

/** What the planner knows of the code that tasks will change. */
export interface RepositoryFacts {
  /** Programming languages by number of files, most first. */
  readonly languages: readonly string[];
  /** argv that runs the repository's own tests; null when none is found. */
  readonly testCommand: readonly string[] | null;
  /** It already has something that people see in a browser or a window. */
  readonly hasFrontEnd: boolean;
  /** Frameworks that its manifests name. */
  readonly frameworks: readonly string[];
  /** Its top folders with the number of files in each, largest first: `src (24)`. */
  readonly layout: readonly string[];
  /** What AGENTS.md (or a file like it) tells whoever works on it; null when there is none. */
  readonly houseRules: string | null;
}

/** No repository, or one that is still empty. */
export const noRepositoryFacts: RepositoryFacts = {
  languages: [],
  testCommand: null,
  hasFrontEnd: false,
  frameworks: [],
  layout: [],
  houseRules: null,
};

/** Files and folders looked at: enough for a large repository's shape, bounded for a huge one. */
const maxFiles = 5_000;
const maxDepth = 8;
/** Sources searched for HTML that a server writes itself. */
const maxSourcesRead = 300;
const maxSourceBytes = 100_000;

const skipped = new Set([
  'node_modules',
  'vendor',
  'dist',
  'build',
  'target',
  'coverage',
  'venv',
  '__pycache__',
]);
const languageOf: Readonly<Record<string, string>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.tsx': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.jsx': 'javascript',
  '.py': 'python',
  '.go': 'go',
  '.rs': 'rust',
  '.java': 'java',
  '.kt': 'kotlin',
  '.rb': 'ruby',
  '.php': 'php',
  '.cs': 'csharp',
  '.swift': 'swift',
  '.c': 'c',
  '.cc': 'cpp',
  '.cpp': 'cpp',
  '.ex': 'elixir',
  '.exs': 'elixir',
  '.scala': 'scala',
  '.sql': 'sql',
  '.sh': 'shell',
};
const frontEndFile = new Set([
  '.html',
  '.htm',
  '.jsx',
  '.tsx',
  '.vue',
  '.svelte',
  '.ejs',
  '.hbs',
  '.pug',
  '.erb',
]);
const writesHtml = /<!doctype html|<html[\s>]|text\/html/i;

/**
 * Looks at a checked-out repository.
 *
 * @param directory its top folder, or null when the request names no repository
 * @throws AuroraError `repository-invalid` when the folder cannot be read
 */
export async function readRepositoryFacts(directory: string | null): Promise<RepositoryFacts> {
  if (directory === null) return noRepositoryFacts;
  const files = await listFiles(directory);
  const counts = new Map<string, number>();
  for (const file of files) {
    const language = languageOf[extname(file)];
    if (language) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return {
    languages: [...counts]
      .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
      .map(([name]) => name),
    testCommand: await detectTestCommand(directory, files),
    hasFrontEnd:
      files.some((file) => frontEndFile.has(extname(file))) || (await servesHtml(directory, files)),
    frameworks: await readFrameworks(directory, files),
    layout: layoutOf(files),
    houseRules: await readHouseRules(directory, files),
  };
}

/** Folders that the layout names. */
const maxFolders = 12;

function layoutOf(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;
    if (folder !== undefined) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .slice(0, maxFolders)
    .map(([folder, count]) => `${folder} (${count})`);
}

/** Where people write down what agents have to know of a repository; the first one counts. */
const ruleFiles = ['AGENTS.md', 'CLAUDE.md', '.cursorrules', 'CONTRIBUTING.md'];
/** Characters of it that each task is told. */
const maxRules = 4_000;

async function readHouseRules(directory: string, files: readonly string[]): Promise<string | null> {
  const file = ruleFiles.find((name) => files.includes(name));
  if (file === undefined) return null;
  const text = (await readFile(join(directory, file), 'utf8')).trim();
  return text === '' ? null : text.slice(0, maxRules);
}

async function listFiles(directory: string): Promise<string[]> {
  const files: string[] = [];
  const folders: { path: string; depth: number }[] = [{ path: '', depth: 0 }];
  for (let next = 0; next < folders.length && files.length < maxFiles; next++) {
    const { path, depth } = folders[next] as { path: string; depth: number };
    const entries = await readdir(join(directory, path), { withFileTypes: true }).catch(
      (cause: unknown) => {
        throw new AuroraError(
          'repository-invalid',
          `The folder ${join(directory, path)} cannot be read: ${errorMessage(cause)}.`,
          { cause },
        );
      },
    );
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) files.push(child);
      else if (
        entry.isDirectory() &&
        depth < maxDepth &&
        !entry.name.startsWith('.') &&
        !skipped.has(entry.name)
      ) {
        folders.push({ path: child, depth: depth + 1 });
      }
    }
  }
  return files;
}

async function servesHtml(directory: string, files: readonly string[]): Promise<boolean> {
  const sources = files.filter(
    (file) => languageOf[extname(file)] && !/(?:^|\/)tests?\//.test(file),
  );
  for (const file of sources.slice(0, maxSourcesRead)) {
    const path = join(directory, file);
    if ((await stat(path)).size <= maxSourceBytes && writesHtml.test(await readFile(path, 'utf8')))
      return true;
  }
  return false;
}
