import { runProcess } from '../src/cli/run-process.ts';

await runProcess({ maestro: true });
