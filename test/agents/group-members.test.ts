import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasLivingMember, lookAtMemory } from '../../src/agents/group-members.ts';

test.runIf(process.platform === 'linux')(
  'a group lives as long as one of its members',
  async () => {
    const child = spawn('sleep', ['600'], { detached: true });
    await once(child, 'spawn');
    const group = child.pid as number;
    expect(await hasLivingMember(group)).toBe(true);
    expect(await (await lookAtMemory())(group, Infinity)).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await hasLivingMember(group)).toBe(false);
    expect(await (await lookAtMemory())(group, Infinity)).toBe(0);
  },
);
