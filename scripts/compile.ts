import { cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the program reads where it lies, beside what stands next to its own files. */
const companions = ['package.json', 'migrations', 'examples'];

/** Each file is compiled for itself: `./run.ts` becomes `./run.js`, which lies where that lay. */
const renameImports: Plugin = {
  name: 'rename-imports',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path: file }) =>
      kind === 'entry-point' ? undefined : { path: file.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/**
 * Compiles folders of the project to JavaScript that Node runs by itself, file by file and with
 * everything that they read, so that a process starts without a compiler in it.
 *
 * @param out - Replaced as a whole when all is made. It has a link to the project's packages.
 * @param folders - Folders of the project, such as `src`.
 */
export async function compile(out: string, folders: readonly string[]): Promise<void> {
  const made = `${out}.new`;
  await rm(made, { recursive: true, force: true });
  const files = (await Promise.all(folders.map(filesIn))).flat();
  const sources = files.filter((file) => file.endsWith('.ts'));
  await build({
    entryPoints: sources.filter((file) => !file.endsWith('.d.ts')),
    ...{ absWorkingDir: root, outbase: root, outdir: made },
    ...{ bundle: true, packages: 'external', plugins: [renameImports] },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  });
  for (const file of [...files.filter((file) => !file.endsWith('.ts')), ...companions]) {
    await mkdir(path.dirname(path.join(made, file)), { recursive: true });
    await cp(path.join(root, file), path.join(made, file), { recursive: true });
  }
  // Relative, so that a checkout may be moved with what was compiled in it.
  const packages = path.relative(out, path.join(root, 'node_modules'));
  await symlink(packages, path.join(made, 'node_modules'));
  await rm(out, { recursive: true, force: true });
  await rename(made, out);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}
