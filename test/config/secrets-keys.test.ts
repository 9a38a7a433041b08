import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/read-table.js';

const [one, two] = [Buffer.alloc(32, 255), Buffer.alloc(32, 254)];

describe('SECRETS_KEYS', () => {
  it.each(['base64', 'base64url'] as const)('has keys in %s, the first of which seals', (form) => {
    const text = `k2:${two.toString(form)}, k-1_a:${one.toString(form)}`;
    const { secretsKeys } = loadConfig({ SECRETS_KEYS: text });
    expect(secretsKeys).toEqual([
      { name: 'k2', key: two },
      { name: 'k-1_a', key: one },
    ]);
  });

  it('may have the key of the file that an embedded Postgres has', () => {
    const { secretsKeys } = loadConfig({ SECRETS_KEYS: `secrets.key:${one.toString('base64')}` });
    expect(secretsKeys).toEqual([{ name: 'secrets.key', key: one }]);
  });

  it.each([
    ['a key without a name', one.toString('base64'), /pair 1 is none/],
    ['an empty name', `:${one.toString('base64')}`, /pair 1 is none/],
    ['a comma at the end', `k1:${one.toString('base64')},`, /pair 2 is none/],
    ['a key that is no base64', 'k1:hunter2!', /pair 1 is none/],
    ['a short key', `k1:${one.toString('base64')},k2:aHVudGVyMg==`, /32 bytes .*: key 2 has 7/],
    ['a long key', `k1:${Buffer.alloc(33).toString('base64')}`, /: key 1 has 33/],
    ['a name twice', `k1:${one.toString('base64')},k1:${two.toString('base64')}`, /key 2 repeats/],
  ])('refuses %s, without repeating anything of it', (_, text, reason) => {
    const load = () => loadConfig({ SECRETS_KEYS: text });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(reason);
    try {
      load();
    } catch (error) {
      const { message } = error as Error;
      expect(message).toMatch(/^SECRETS_KEYS must [^\n]+$/);
      for (const value of [one, two]) expect(message).not.toContain(value.toString('base64').slice(0, 8));
      expect(message).not.toContain('hunter2');
      expect(message).not.toContain('aHVudGVyMg');
    }
  });
});
