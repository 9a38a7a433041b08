import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { PrivateAddress, publicLookup, type Resolve } from '../../../src/vendors/request/public-lookup.js';

/** Answers with one list after the other. */
function dns(...answers: (string[] | Error)[]) {
  let asked = 0;
  const resolve: Resolve = (_host, _options, callback) => {
    const answer = answers[asked] ?? [];
    asked += 1;
    if (answer instanceof Error) callback(answer, []);
    else
      callback(
        null,
        answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
  return { resolve, asked: () => asked };
}

const find = (resolve: Resolve, all: boolean) =>
  new Promise<LookupAddress[] | string>((done, fail) =>
    publicLookup(resolve)('vendor.example', { all }, (error, found) => (error ? fail(error) : done(found))),
  );

describe('the look-up of a name', () => {
  it('gives the addresses that it has checked', async () => {
    expect(await find(dns(['1.1.1.1', '2606:4700::1']).resolve, true)).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    expect(await find(dns(['1.1.1.1', '8.8.8.8']).resolve, false)).toBe('1.1.1.1');
  });

  it('asks once, so that the name cannot change between check and connect', async () => {
    const changing = dns(['1.1.1.1'], ['127.0.0.1'], ['1.1.1.1']);

    expect(await find(changing.resolve, false)).toBe('1.1.1.1');
    expect(changing.asked()).toBe(1);
    await expect(find(changing.resolve, false)).rejects.toBeInstanceOf(PrivateAddress);
    expect(changing.asked()).toBe(2);
  });

  it.each([[['10.0.0.1']], [['1.1.1.1', '10.0.0.1']], [['::1', '1.1.1.1']], [['::ffff:1.1.1.1']]])(
    'refuses a name if one of its addresses is not public: %o',
    async (addresses) => {
      await expect(find(dns(addresses).resolve, true)).rejects.toBeInstanceOf(PrivateAddress);
      await expect(find(dns(addresses).resolve, false)).rejects.toBeInstanceOf(PrivateAddress);
    },
  );

  it('fails with the resolver, and without an address', async () => {
    await expect(find(dns(new Error('ENOTFOUND')).resolve, true)).rejects.toThrow('ENOTFOUND');
    await expect(find(dns([]).resolve, true)).rejects.toThrow('no address');
  });
});
