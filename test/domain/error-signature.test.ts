import { describe, expect, it } from 'vitest';
import { errorSignature } from '../../src/domain/error-signature.ts';

describe('errorSignature', () => {
  it.each([
    ['ENOENT: /tmp/run-1/a.json missing', 'ENOENT: /srv/other/deep/b.json missing'],
    ['at src/app.ts:12:3 failed after 1.5s', 'at lib/x/y.ts:99:14 failed after 320 ms'],
    ['object 0xdeadbeef at 2026-02-08T10:11:12.123Z', 'object 0x12ab at 2025-12-31 23:59:59'],
    ['401 (request req_011CSvB2k9Xd)', '401 (request req_0abF72yzQ1mm)'],
    ['commit 3f786850e3 not found', 'commit 89e6c98d92887913 not found'],
    [
      'job 123e4567-e89b-12d3-a456-426614174000 lost',
      'job 00000000-e89b-12d3-a456-426614170000 lost',
    ],
    ['GET http://localhost:3000/a?x=1 gave 500', 'GET https://example.org/ gave 502'],
    ['\u001b[31mExpected 3\u001b[0m', 'Expected   4'],
    ['C:\\Users\\me\\a.ts missing', 'D:\\b\\c.ts missing'],
  ])('is the same for "%s" and "%s"', (a, b) => {
    expect(errorSignature(a)).toBe(errorSignature(b));
  });

  it('differs where the error differs', () => {
    expect(errorSignature('store is not defined')).not.toBe(errorSignature('route is not defined'));
    expect(errorSignature('TypeError: a')).not.toBe(errorSignature('RangeError: a'));
  });
});
