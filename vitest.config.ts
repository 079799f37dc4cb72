import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/services.ts'],
    // Tests wait for real servers and processes much of their time: three keep two cores busy, and the
    // suite takes an eighth less than with two. More only wait for each other.
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    // What a busy machine may take; nobody waits that long for a test that passes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
