import { describe, expect, it } from 'vitest';
import { accountFromOptions } from '../../src/cli/account-options.js';
import {
  parseSecrets,
  readSecrets,
  refuseSecretArguments,
  variableOf,
} from '../../src/cli/account-secrets.js';
import { UsageError } from '../../src/cli/usage.js';

const noInput = async () => '';
const messageOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return expect.fail('it was accepted');
};

describe('the secrets of a new account', () => {
  it('have variables that begin with the vendor', () => {
    expect(variableOf('BURKI', 'apiKey')).toBe('BURKI_API_KEY');
    expect(variableOf('CREOVAI', 'clientSecret')).toBe('CREOVAI_CLIENT_SECRET');
    expect(variableOf('BIRD', 'signingKey')).toBe('BIRD_SIGNING_KEY');
  });

  it('come from the environment, and then standard input is not read', async () => {
    const env = { BIRD_ACCESS_KEY: ' a ', BIRD_SIGNING_KEY: '', BURKI_API_KEY: 'b' };
    expect(await readSecrets('BIRD', env, () => expect.fail('it was read'))).toEqual({ accessKey: 'a' });
  });

  it.each([
    ['a JSON object', ' {"clientId": "a", "clientSecret": "b=c"}\n'],
    ['lines with members', 'clientId=a\n\n# comment\nclientSecret = b=c\r\n'],
    ['lines with variables', 'CREOVAI_CLIENT_ID=a\nCREOVAI_CLIENT_SECRET=b=c'],
  ])('come from standard input as %s', async (_, input) => {
    expect(await readSecrets('CREOVAI', {}, async () => input)).toEqual({
      clientId: 'a',
      clientSecret: 'b=c',
    });
  });

  it('may be none', async () => {
    expect(await readSecrets('BURKI', {}, noInput)).toEqual({});
  });

  it.each([
    ['{"apiKey": "hunter2"', /JSON object, but is none/],
    ['{"apiKey": {"a": "hunter2"}}', /^apiKey on standard input is no text$/],
    ['hunter2', /^line 1 of standard input is not NAME=VALUE$/],
    ['\nhunter2=hunter2', /has a name that is none of apiKey$/],
    ['{"hunter2": "a"}', /has a name that is none of apiKey$/],
  ])('are in no error: %j', (input, reason) => {
    const message = messageOf(() => parseSecrets('BURKI', input));
    expect(message).toMatch(reason);
    expect(message).not.toContain('hunter2');
  });

  it.each([
    [['--api-key', 'hunter2'], /BURKI_API_KEY/],
    [['--name', 'a', '--client-secret=hunter2'], /CREOVAI_CLIENT_SECRET/],
    [['--token=hunter2'], /VCITA_TOKEN/],
    [['--access-key', 'hunter2'], /BIRD_ACCESS_KEY/],
  ])('are no arguments: %j', (args, where) => {
    const message = messageOf(() => refuseSecretArguments(args));
    expect(message).toMatch(where);
    expect(message).not.toContain('hunter2');
  });
});

describe('a new account from options', () => {
  const burki = { organization: 'demo', name: 'main', system: 'burki' };
  const vcita = { ...burki, system: 'VCITA', 'business-uid': 'b' };

  it('takes what the vendor has', () => {
    const options = { ...vcita, directory: true, 'voicemail-status': 'VOICEMAIL', 'no-sends': true };
    expect(accountFromOptions(options, { token: 't' })).toEqual({
      name: 'main',
      vendor: {
        system: 'VCITA',
        baseUrl: undefined,
        settings: { businessUid: 'b', directory: true, voicemailStatus: 'VOICEMAIL' },
        secrets: { token: 't' },
        path: ['vcita'],
      },
      sends: false,
      receives: true,
    });
    const url = 'https://api.example.com';
    expect(accountFromOptions({ ...burki, 'base-url': url }, { apiKey: 'k' }).vendor.baseUrl).toBe(url);
  });

  it.each([
    [{ ...burki, name: ' ' }, {}, /needs --name/],
    [{ ...burki, name: 'a\tb' }, { apiKey: 'k' }, /--name must/],
    [{ ...burki, system: 'other' }, {}, /--system must be one of burki, creovai, vcita, bird/],
    [burki, {}, /BURKI needs apiKey: set BURKI_API_KEY/],
    [{ ...vcita, 'business-uid': undefined }, { token: 't' }, /VCITA needs --business-uid/],
    [{ ...burki, 'workspace-id': 'w' }, { apiKey: 'k' }, /--workspace-id is not for an account of BURKI/],
    [{ ...vcita, 'voicemail-status': 'loud' }, { token: 't' }, /--voicemail-status must be one of/],
    [burki, { apiKey: 'hunter2\n2' }, /^apiKey must be visible ASCII/],
  ])('%o is refused', (options, secrets, reason) => {
    const message = messageOf(() => accountFromOptions(options, secrets));
    expect(message).toMatch(reason);
    expect(message).not.toContain('hunter2');
  });
});
