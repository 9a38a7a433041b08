import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSignatures } from '../../../src/vendors/inbound/signed-addresses.js';

const masked = (text: string) => withoutSignatures(Buffer.from(text)).toString();

describe('a pre-signed address', () => {
  it.each([
    ['https://s3.example/a.mp3?X-Amz-Date=1&X-Amz-Signature=abc', 'https://s3.example/a.mp3'],
    ['https://store.example/a.mp3?X-Goog-Signature=abc&x=1', 'https://store.example/a.mp3'],
    ['http://vendor.example/a?Expires=1&Signature=abc%3D&Key-Pair-Id=k', 'http://vendor.example/a'],
    ['https://blob.example/a?sv=1&sig=abc', 'https://blob.example/a'],
    ['https://vendor.example/a?signature=abc', 'https://vendor.example/a'],
  ])('%s loses its query', (address, left) => {
    expect(masked(address)).toBe(left);
    expect(masked(JSON.stringify({ a: [address], b: `see ${address}\n"quoted"` }))).toBe(
      JSON.stringify({ a: [left], b: `see ${left}\n"quoted"` }),
    );
    const inner = JSON.stringify({ body: JSON.stringify({ address }) });
    expect(masked(inner)).toBe(JSON.stringify({ body: JSON.stringify({ address: left }) }));
    const escaped = (text: string) =>
      JSON.stringify({ text }).replaceAll('/', '\\/').replaceAll('&', '\\u0026');
    expect(masked(escaped(address))).toBe(escaped(left));
  });

  it('is not one that has another query, or none', () => {
    for (const text of [
      '{"url":"https://vendor.example/a?page=2&design=1","signature":"abc"}',
      'What is a signature=1?',
      'https://vendor.example/signature=1',
      'a?signature=1',
    ]) {
      expect(masked(text)).toBe(text);
    }
  });
});

it('any JSON stays JSON, and a body without such addresses the same bytes', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(() => JSON.parse(masked(json))).not.toThrow();
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const body = Buffer.from(bytes);
      expect(withoutSignatures(body)).toBe(body);
    }),
  );
});

it('a mebibyte takes no longer than it is', () => {
  for (const part of ['http://', 'https://a?', 'a?signature=', '\\/', '?']) {
    const text = part.repeat(1_048_576 / part.length);
    const began = process.cpuUsage();
    withoutSignatures(Buffer.from(text));
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
  }
});
