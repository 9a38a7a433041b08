import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBaseUrl } from '../../../src/vendors/request/base-url.js';
import { isPublicAddress } from '../../../src/vendors/request/public-addresses.js';

const PRIVATE = 'The base URL must not lead to a private or reserved address.';

/** First and last of each, or an address within. */
const NOT_PUBLIC = [
  ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
  ...['127.0.0.1', '127.255.255.255', '169.254.0.0', '169.254.169.254', '172.16.0.0', '172.31.255.255'],
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.0',
    '192.168.255.255',
    '198.18.0.0',
    '198.19.255.255',
  ],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::7f00:1', '::10.0.0.1', '::ffff:127.0.0.1', '::ffff:0:10.0.0.1', '100::1'],
  ...['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::c0a8:1', '64:ff9b:1::8.8.8.8'],
  ...['2001::1', '2001:1ff:ffff::', '2001:db8::1', '2002:7f00:1::', '2002:a00:1::', '3fff::1', '5f00::1'],
  ...['fc00::1', 'fd00:ec2::254', 'fdff:ffff::1', 'fe80::1', 'fec0::1', 'ff02::1', '4000::1'],
];
const PUBLIC = [
  ...[
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255'],
  ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '2001:4860:4860::8888'],
  ...['2606:4700::1111', '2a00:1450::1', '64:ff9b::8.8.8.8', '2003::1', '3ffe::1'],
];

describe('an address', () => {
  it.each(NOT_PUBLIC)('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(PUBLIC)('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['', 'localhost', '1.2.3', '[::1]', 'fe80::1%eth0', '127.1'])('"%s" is none', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

const privateV4 = fc
  .tuple(
    fc.constantFrom([10], [127], [0], [169, 254], [192, 168], [172, 20], [100, 100], [224], [255]),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([first, rest]) => [...first, ...rest].slice(0, 4));

const hex = (bytes: number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0'));
const groups = (bytes: number[]) => {
  const [a, b, c, d] = hex(bytes);
  return `${a}${b}:${c}${d}`;
};
const number = (bytes: number[]) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const tail = ([, ...rest]: number[]) => number(rest);

/** All ways in which a URL can write an IPv4 address. */
const WAYS: Record<string, (bytes: number[]) => string> = {
  dotted: (bytes) => bytes.join('.'),
  'with a trailing dot': (bytes) => `${bytes.join('.')}.`,
  decimal: (bytes) => String(number(bytes)),
  hexadecimal: (bytes) => `0x${number(bytes).toString(16)}`,
  octal: (bytes) => `0${number(bytes).toString(8)}`,
  'hexadecimal parts': (bytes) => bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
  'octal parts': (bytes) => bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
  'two parts': (bytes) => `${bytes[0]}.${tail(bytes)}`,
  'full-width digits': (bytes) =>
    bytes.join('.').replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'ideographic dots': (bytes) => bytes.join('。'),
  'percent-encoded': (bytes) => bytes.join('.').replaceAll(/\d/g, (digit) => `%3${digit}`),
  mapped: (bytes) => `[::ffff:${bytes.join('.')}]`,
  'mapped in hexadecimal': (bytes) => `[::ffff:${groups(bytes)}]`,
  'mapped, written out': (bytes) => `[0:0:0:0:0:FFFF:${groups(bytes)}]`,
  compatible: (bytes) => `[::${groups(bytes)}]`,
  translated: (bytes) => `[::ffff:0:${groups(bytes)}]`,
  NAT64: (bytes) => `[64:ff9b::${groups(bytes)}]`,
  'NAT64 of a network': (bytes) => `[64:ff9b:1::${groups(bytes)}]`,
  '6to4': (bytes) => `[2002:${groups(bytes)}::1]`,
};

describe('a base URL', () => {
  it.each(Object.entries(WAYS))('of a private address is refused: %s', (_name, write) => {
    fc.assert(
      fc.property(privateV4, fc.constantFrom('', ':8443', '/', '/api'), (bytes, rest) => {
        expect(checkBaseUrl(`https://${write(bytes)}${rest}`, false)).toBe(PRIVATE);
      }),
    );
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'api.localhost',
    'printer.local',
    'metadata.google.internal',
    'nas.home.arpa',
    '[::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ])('of a local name or address is refused: %s', (host) => {
    expect(checkBaseUrl(`https://${host}`, false)).toBe(PRIVATE);
    expect(checkBaseUrl(`http://${host}`, true)).toBeNull();
  });

  it.each([
    'https://api.burki.dev',
    'https://api.burki.dev/',
    'https://acme.Audio.Creovai.com/base/path',
    'https://api.bird.com:8443',
    'https://1.1.1.1',
    'https://[2606:4700::1111]',
    'https://local.example',
  ])('is allowed: %s', (url) => {
    expect(checkBaseUrl(url, false)).toBeNull();
  });

  it.each([
    ['', 'The base URL must be a URL.'],
    ['api.burki.dev', 'The base URL must be a URL.'],
    ['https://', 'The base URL must be a URL.'],
    ['http://api.burki.dev', 'The base URL must begin with https://.'],
    ['ftp://api.burki.dev', 'The base URL must begin with https://.'],
    ['file:///etc/passwd', 'The base URL must begin with https://.'],
    ['https://user@api.burki.dev', 'The base URL must hold no user name or password.'],
    ['https://:word@api.burki.dev', 'The base URL must hold no user name or password.'],
    ['https://api.burki.dev?', 'The base URL must have no query and no fragment.'],
    ['https://api.burki.dev/?a=b', 'The base URL must have no query and no fragment.'],
    ['https://api.burki.dev/#a', 'The base URL must have no query and no fragment.'],
  ])('is refused: "%s"', (url, reason) => {
    expect(checkBaseUrl(url, false)).toBe(reason);
  });

  it.each(['http://127.0.0.1:8080', 'http://vendor:80/base', 'https://10.0.0.1'])(
    'may be private if that is allowed: %s',
    (url) => {
      expect(checkBaseUrl(url, true)).toBeNull();
    },
  );

  it.each(['ftp://127.0.0.1', 'http://user@127.0.0.1', 'http://127.0.0.1?a'])(
    'has the other rules even then: %s',
    (url) => {
      expect(checkBaseUrl(url, true)).not.toBeNull();
    },
  );
});
