import { expect, it } from 'vitest';
import { retryAfter } from '../../../src/vendors/request/retry-after.js';

const NOW = Date.parse('2026-11-29T12:00:00Z');

it.each([
  [undefined, null],
  ['', null],
  ['soon', null],
  ['1.5', null],
  ['-5', null],
  ['2027', 2_027_000],
  ['0', 0],
  ['2', 2_000],
  ['3600', 3_600_000],
  ['3601', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
  ['Sunday, 29-Nov-26 12:00:30 GMT', 30_000],
  ['Sun, 29 Nov 2026 11:59:00 GMT', 0],
  ['Tue, 01 Dec 2026 12:00:00 GMT', 3_600_000],
  ['Sun, 99 Nov 2026 12:00:30 GMT', null],
  ['2026-11-29', null],
])('reads "%s" as %s milliseconds', (header, wait) => {
  expect(retryAfter(header, NOW)).toBe(wait);
});
