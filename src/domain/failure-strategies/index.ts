export { reassign } from './reassign.ts';
export { retry } from './retry.ts';
export { split } from './split.ts';
export { stronger } from './stronger.ts';
export { wait } from './wait.ts';
