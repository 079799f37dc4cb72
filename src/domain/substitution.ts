import type { Substitute } from './failure-case.ts';

/** How often a task may change agents; more would be passing it around. */
export const maxHops = 5;

/** Whether an agent can take a task over now. */
export const isFree = ({ live, suspended }: Substitute): boolean => live && !suspended;
