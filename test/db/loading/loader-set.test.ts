import { expect, it } from 'vitest';
import { type Account, newAccount } from '../../../src/db/connection/account.js';
import { loaderSet } from '../../../src/db/loading/loader-set.js';

const by = (organization: string) => newAccount(organization, 'key');

function watchedSet() {
  const made: string[] = [];
  const define =
    (name: string) =>
    ({ organization }: Account) => {
      made.push(`${name} of ${organization}`);
      return { name, organization };
    };
  return { made, Loaders: loaderSet({ call: define('call'), flow: define('flow') }) };
}

it('creates a loader on first use and reuses it', () => {
  const { made, Loaders } = watchedSet();
  const loaders = new Loaders(by('a'));
  expect(made).toEqual([]);
  const { call } = loaders;
  expect(call).toEqual({ name: 'call', organization: 'a' });
  expect(loaders.call).toBe(call);
  expect(made).toEqual(['call of a']);
});

it('gives each set its own loaders, for the organization of the set', () => {
  const { made, Loaders } = watchedSet();
  const [one, other, foreign] = [new Loaders(by('a')), new Loaders(by('a')), new Loaders(by('b'))];
  expect(one.flow).not.toBe(other.flow);
  expect([one.flow, other.flow, foreign.flow].map(({ organization }) => organization)).toEqual([
    'a',
    'a',
    'b',
  ]);
  expect(made).toEqual(['flow of a', 'flow of a', 'flow of b']);
});

it('has exactly the defined loaders', () => {
  const { Loaders } = watchedSet();
  const loaders = new Loaders(by('a'));
  expect('call' in loaders).toBe(true);
  expect('voiceCall' in loaders).toBe(false);
});

it('does not allow a loader to be replaced', () => {
  const { Loaders } = watchedSet();
  const loaders = new Loaders(by('a')) as unknown as { call: unknown };
  expect(() => {
    loaders.call = null;
  }).toThrow(TypeError);
});
