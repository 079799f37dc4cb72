import { describe, expect, it } from 'vitest';
import { dot } from '../../../src/memory/embedders/embedder.ts';
import {
  createLexicalEmbedder,
  embedLexically,
} from '../../../src/memory/embedders/lexical-embedder.ts';
import { cosineWithQuantised, quantise } from '../../../src/memory/embedders/quantised-vector.ts';

const likeness = (a: string, b: string) => dot(embedLexically(a), embedLexically(b));

describe('lexical embedder', () => {
  it('makes unit vectors of the stated size', async () => {
    const embedder = createLexicalEmbedder();
    const [vector] = await embedder.embed(['Validate nested objects']);
    expect(vector).toHaveLength((await embedder.space()).dimensions);
    expect(dot(vector as Float32Array, vector as Float32Array)).toBeCloseTo(1);
  });

  it('sees the same words, other forms, typing errors and parts of identifiers', () => {
    expect(likeness('validate objects', 'objects validate')).toBeCloseTo(1);
    expect(likeness('validating objects', 'object validation')).toBeGreaterThan(0.3);
    expect(likeness('kubernetes', 'kuberntes')).toBeGreaterThan(0.2);
    expect(likeness('modelValidator', 'the model validator')).toBeGreaterThan(0.4);
  });

  it('sees nothing in common where there is nothing', () => {
    expect(Math.abs(likeness('postgres connection pool', 'button colour'))).toBeLessThan(0.12);
    expect(likeness('', 'anything')).toBe(0);
    expect(likeness('the of and', 'the of and')).toBe(0);
  });
});

describe('quantised vectors', () => {
  it('keep the cosine to about one percent', () => {
    const a = embedLexically('Use a connection pool for Postgres with at most ten clients');
    const b = embedLexically('A pool of Postgres connections');
    expect(cosineWithQuantised(a, quantise(b))).toBeCloseTo(dot(a, b), 2);
    expect(cosineWithQuantised(a, quantise(a))).toBeCloseTo(1, 2);
    expect(cosineWithQuantised(a, quantise(new Float32Array(1024)))).toBe(0);
  });
});
