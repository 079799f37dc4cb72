import type { Resolver } from '../conflict.ts';
import { adjacent } from './adjacent.ts';
import { concatenation } from './concatenation.ts';
import { contained } from './contained.ts';
import { entries } from './entries.ts';
import { laterVersionWins } from './later-version.ts';
import { tokens } from './tokens.ts';
import { whitespace } from './whitespace.ts';

/** The chain, in the order in which it is asked; the first that is sure decides. */
export const resolvers: readonly Resolver[] = [
  whitespace,
  contained,
  entries,
  tokens,
  laterVersionWins,
  adjacent,
  concatenation,
];
