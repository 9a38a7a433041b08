import { type Parse, WrongValue } from './setting.js';

/** `name` is shown in errors; `key` has 32 bytes. */
export interface SecretsKey {
  readonly name: string;
  readonly key: Uint8Array;
}

export const SECRETS_KEY_BYTES = 32;

const NAMED = /^([\w.-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/;

/** The first key seals, all of them open. */
export const secretsKeys: Parse<readonly SecretsKey[]> = (input) => {
  const keys = input.split(',').map((part, index) => parseKey(part.trim(), index + 1));
  const names = keys.map(({ name }) => name);
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (repeated !== -1)
    throw new WrongValue(`must give each key another name: key ${repeated + 1} repeats one`);
  return keys;
};

function parseKey(text: string, place: number): SecretsKey {
  const [, name = '', value = ''] = NAMED.exec(text) ?? [];
  if (name === '') {
    throw new WrongValue(
      `must be NAME:KEY pairs with a comma between each two, e.g. k1:$(openssl rand -base64 32): pair ${place} is none`,
    );
  }
  const key = Buffer.from(value, 'base64');
  if (key.length !== SECRETS_KEY_BYTES) {
    throw new WrongValue(
      `must have keys of ${SECRETS_KEY_BYTES} bytes in base64 or base64url: key ${place} has ${key.length}`,
    );
  }
  return { name, key };
}
