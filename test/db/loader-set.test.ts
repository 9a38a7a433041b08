import { expect, it } from 'vitest';
import { type Account, newAccount } from '../../src/db/account.js';
import { loaderSet } from '../../src/db/loader-set.js';

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

it('makes a loader when it is first asked for, and then keeps it', () => {
  const { made, Loaders } = watchedSet();
  const loaders = new Loaders(by('a'));
  expect(made).toEqual([]);
  const { call } = loaders;
  expect(call).toEqual({ name: 'call', organization: 'a' });
  expect(loaders.call).toBe(call);
  expect(made).toEqual(['call of a']);
});

it('has loaders of its own in each set, of the organization of the set', () => {
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

it('has the loaders that were defined, and no others', () => {
  const { Loaders } = watchedSet();
  const loaders = new Loaders(by('a'));
  expect('call' in loaders).toBe(true);
  expect('voiceCall' in loaders).toBe(false);
});

it('lets nobody put another loader in the place of one', () => {
  const { Loaders } = watchedSet();
  const loaders = new Loaders(by('a')) as unknown as { call: unknown };
  expect(() => {
    loaders.call = null;
  }).toThrow(TypeError);
});
