export interface PackageManager {
  /** Makes the lock file again, run in its folder, without scripts of packages where it can. */
  readonly command: readonly string[];
  /**
   * Whether it merges by itself a file that holds both sides of a conflict. To others such a file is
   * broken, or none at all: they would choose every version anew.
   */
  readonly readsConflicts?: true;
}

/**
 * Files that a package manager writes. They are never merged by text: the manager makes them anew
 * from the merged manifest.
 */
const managers: Readonly<Record<string, PackageManager>> = {
  'package-lock.json': {
    command: [
      ...['npm', 'install', '--package-lock-only', '--ignore-scripts', '--prefer-offline'],
      ...['--no-audit', '--no-fund'],
    ],
    readsConflicts: true,
  },
  'npm-shrinkwrap.json': { command: ['npm', 'shrinkwrap'], readsConflicts: true },
  'yarn.lock': { command: ['yarn', 'install', '--mode=update-lockfile'] },
  'pnpm-lock.yaml': {
    command: ['pnpm', 'install', '--lockfile-only', '--ignore-scripts'],
    readsConflicts: true,
  },
  'bun.lock': { command: ['bun', 'install', '--lockfile-only', '--ignore-scripts'] },
  'Cargo.lock': { command: ['cargo', 'update', '--workspace'] },
  'go.sum': { command: ['go', 'mod', 'tidy'] },
  'poetry.lock': { command: ['poetry', 'lock'] },
  'uv.lock': { command: ['uv', 'lock'] },
  'Pipfile.lock': { command: ['pipenv', 'lock'] },
  'Gemfile.lock': { command: ['bundle', 'lock'] },
  'composer.lock': { command: ['composer', 'update', '--lock'] },
  'mix.lock': { command: ['mix', 'deps.get'] },
  'pubspec.lock': { command: ['dart', 'pub', 'get'] },
  'flake.lock': { command: ['nix', 'flake', 'lock'] },
};

/** It knows no other way than to install, and takes `--mode` for nothing. */
const yarnClassic: PackageManager = {
  command: ['yarn', 'install', '--ignore-scripts', '--non-interactive'],
  readsConflicts: true,
};

/**
 * What writes a lock file.
 *
 * @param text of the file, by which versions of a manager are told apart
 * @returns undefined for a file that no package manager writes
 */
export function packageManagerOf(path: string, text: string): PackageManager | undefined {
  const name = path.split('/').at(-1) as string;
  if (name === 'yarn.lock' && text.includes('# yarn lockfile v1')) return yarnClassic;
  return Object.hasOwn(managers, name) ? managers[name] : undefined;
}
