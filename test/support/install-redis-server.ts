import { spawn } from 'node:child_process';
import { access, rm, writeFile } from 'node:fs/promises';

const aptGet = '/usr/bin/apt-get';
const servicePolicy = '/usr/sbin/policy-rc.d';

/**
 * Installs the system's redis-server where that can be done without asking: as root on Debian and
 * its kin. Its service is not started.
 *
 * @returns false where it cannot be done.
 */
export async function installRedisServer(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await exists(aptGet))) return false;
  process.stderr.write('redis-server is missing: installing it with apt-get for the tests\n');
  // Debian's own way to keep a package from starting its service; a machine may have one already.
  const ownPolicy = !(await exists(servicePolicy));
  if (ownPolicy) await writeFile(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run(aptGet, ['update', '-qq']);
    await run(aptGet, ['install', '-y', '-qq', '--no-install-recommends', 'redis-server']);
  } finally {
    if (ownPolicy) await rm(servicePolicy);
  }
  return true;
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}`));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
