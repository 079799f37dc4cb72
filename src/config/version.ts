import { createRequire } from 'node:module';

/** Aurora's own version. */
export const { version } = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string;
};
