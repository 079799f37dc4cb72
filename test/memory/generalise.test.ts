import { describe, expect, it } from 'vitest';
import { generalise, saysTooLittle } from '../../src/memory/generalise.ts';

describe('generalise', () => {
  it.each([
    ['In acme-shop, validate carts twice', 'In <project>, validate carts twice'],
    ['Mock src/api/cart.test.ts:42 and ./lib/pay', 'Mock <path> and <path>'],
    ['Read /etc/acme/config.yaml first', 'Read <path> first'],
    ['See C:\\Users\\ada\\notes.txt', 'See <path>'],
    ['Call https://shop.example.com/v1/carts?id=7 with a token', 'Call <url> with a token'],
    ['db.internal:5432 and 10.0.0.7:6379 are slow', '<host> and <host> are slow'],
    ['ask ada@example.com', 'ask <address>'],
    ['run_a1b2c3d4e5 of REQ-012 failed at 3f786850e387', '<id> of <id> failed at <id>'],
    ['id 123e4567-e89b-12d3-a456-426614174000', 'id <id>'],
    ['Edit package.json by hand', 'Edit <file> by hand'],
  ])('%s', (text, general) => expect(generalise(text, ['acme-shop', 'my'])).toBe(general));

  it.each([
    'Use TCP/IP and read/write locks and/or a mutex',
    'Prefer async/await to callbacks; 24/7 uptime',
    'Node.js 20 deadbeef-free decades of my code',
    'a ratio of 3/4 is enough',
  ])('leaves alone: %s', (text) => expect(generalise(text, ['acme-shop', 'my'])).toBe(text));

  it('knows what says too little without its project', () => {
    const thin = 'Fix src/app.ts in acme-shop';
    expect(saysTooLittle(generalise(thin, ['acme-shop']), thin)).toBe(true);
    const rich = 'Wait for the event instead of sleeping in src/a.test.ts';
    expect(saysTooLittle(generalise(rich), rich)).toBe(false);
    expect(saysTooLittle('Mirror buckets', 'Mirror buckets')).toBe(false);
  });
});
