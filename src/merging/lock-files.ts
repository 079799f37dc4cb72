/**
 * Files that a package manager writes. They are never merged by text: the manager makes them anew
 * from the merged manifest.
 */
const managers: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': [
    ...['npm', 'install', '--package-lock-only', '--ignore-scripts', '--prefer-offline'],
    ...['--no-audit', '--no-fund'],
  ],
  'npm-shrinkwrap.json': ['npm', 'shrinkwrap'],
  'yarn.lock': ['yarn', 'install', '--mode=update-lockfile'],
  'pnpm-lock.yaml': ['pnpm', 'install', '--lockfile-only', '--ignore-scripts'],
  'bun.lock': ['bun', 'install', '--lockfile-only', '--ignore-scripts'],
  'Cargo.lock': ['cargo', 'update', '--workspace'],
  'go.sum': ['go', 'mod', 'tidy'],
  'poetry.lock': ['poetry', 'lock'],
  'uv.lock': ['uv', 'lock'],
  'Pipfile.lock': ['pipenv', 'lock'],
  'Gemfile.lock': ['bundle', 'lock'],
  'composer.lock': ['composer', 'update', '--lock'],
  'mix.lock': ['mix', 'deps.get'],
  'pubspec.lock': ['dart', 'pub', 'get'],
  'flake.lock': ['nix', 'flake', 'lock'],
};

/**
 * How a lock file is made again, to be run in its own folder.
 *
 * @returns undefined for a file that no package manager writes
 */
export function regenerateCommand(path: string): readonly string[] | undefined {
  const name = path.split('/').at(-1) as string;
  return Object.hasOwn(managers, name) ? managers[name] : undefined;
}
