import fc from 'fast-check';
import { type GraphQLScalarType, Kind, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTime, Decimal, PhoneNumber, Url } from '../../src/graphql/scalars.js';

/** Reads a value as a variable and as a literal, and expects the same result. */
function read(scalar: GraphQLScalarType, text: string): unknown {
  const value = scalar.parseValue(text);
  expect(scalar.parseLiteral({ kind: Kind.STRING, value: text }, {})).toEqual(value);
  return value;
}

function expectRefused(scalar: GraphQLScalarType, text: string): void {
  const refusal = expect.objectContaining({
    extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }),
  });
  expect(() => scalar.parseValue(text)).toThrow(refusal);
  expect(() => scalar.parseLiteral({ kind: Kind.STRING, value: text }, {})).toThrow(refusal);
}

const ALL: [string, GraphQLScalarType][] = [
  ['DateTime', DateTime],
  ['Decimal', Decimal],
  ['PhoneNumber', PhoneNumber],
  ['URL', Url],
];

describe.each(ALL)('%s', (name, scalar) => {
  it.each([1, 0.5, true, null, undefined, [], {}, new Date(), '2024'.split('')])('refuses %j', (value) => {
    expect(() => scalar.parseValue(value)).toThrow(`${name} must be a string.`);
  });

  it.each(['1', '1.5', 'true', 'A', '[]', '{}'])('refuses the literal %s', (literal) => {
    expect(() => scalar.parseLiteral(parseValue(literal), {})).toThrow(`${name} must be a string.`);
  });

  it('repeats little of a long text that it refuses', () => {
    const long = '\u0000'.repeat(100_000);
    expect(() => scalar.parseValue(long)).toThrow(/^.{1,600}$/);
  });

  it('answers any text with a value or BAD_USER_INPUT', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        try {
          scalar.parseValue(text);
        } catch (error) {
          expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
        }
      }),
    );
  });
});

describe('DateTime', () => {
  it.each([
    ['2024-01-15T10:00:00Z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15T10:00:00.5Z', '2024-01-15T10:00:00.500Z'],
    ['2024-01-15T10:00:00.999999999Z', '2024-01-15T10:00:00.999Z'],
    ['2024-03-01T16:46:50.45Z', '2024-03-01T16:46:50.450Z'],
    ['2018/10/15T09:00:00.000Z', '2018-10-15T09:00:00.000Z'],
    ['2024-01-15T10:00:00+02:00', '2024-01-15T08:00:00.000Z'],
    ['2024-01-15T10:00:00-05:30', '2024-01-15T15:30:00.000Z'],
    ['2024-01-15t10:00z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15 10:00:00Z', '2024-01-15T10:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T01:59:60.5+02:00', '2017-01-01T00:00:00.500Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-06-01T00:00:00Z', '0099-06-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('reads %s as %s', (text, out) => {
    expect(DateTime.serialize(read(DateTime, text))).toBe(out);
  });

  it.each([
    '2024-01-15',
    '2024-01-15T10:00:00',
    '2024-01-15T10Z',
    '2023-02-29T00:00:00Z',
    '2023-02-30T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-00-10T00:00:00Z',
    '2023-01-00T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T25:00:00Z',
    '2023-01-01T10:60:00Z',
    '2023-01-01T10:00:60Z',
    '2023-01-01T10:00:00+24:00',
    '2023-01-01T10:00:00+01:60',
    '2023-01-01T10:00:00+01:0',
    '2023-01-01T10:00:00+1',
    '2023-01-01T10:00:00.Z',
    '2023-01/01T10:00:00Z',
    '2023-01-01  10:00:00Z',
    '2023-01-01T10:59:61Z',
    ' 2023-01-01T10:00:00Z',
    '2023-01-01T10:00:00Z\n',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '12024-01-15T10:00:00Z',
    '1705312800000',
    'now',
    '',
  ])('refuses %j', (text) => {
    expectRefused(DateTime, text);
  });

  it('reads back everything it writes', () => {
    const range = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    fc.assert(
      fc.property(fc.date({ ...range, noInvalidDate: true }), (date) => {
        expect(read(DateTime, String(DateTime.serialize(date)))).toEqual(date);
      }),
    );
  });

  it('writes nothing but dates', () => {
    expect(() => DateTime.serialize('2024-01-15T10:00:00Z')).toThrow(TypeError);
  });
});

describe('Decimal', () => {
  it.each(['0', '0.05', '1.50', '-3', '-0.5', '123456789012345678901234567890.123456789', '9'.repeat(100)])(
    'keeps %s as it is',
    (text) => {
      expect(read(Decimal, text)).toBe(text);
      expect(Decimal.serialize(text)).toBe(text);
    },
  );

  it.each([
    ['-0', '0'],
    ['-0.00', '0.00'],
  ])('takes %s for %s', (text, zero) => {
    expect(read(Decimal, text)).toBe(zero);
  });

  it.each([
    '1e5',
    '1E5',
    'NaN',
    'Infinity',
    '0x10',
    '',
    ' 1',
    '1 ',
    '+1',
    '.5',
    '5.',
    '-',
    '--1',
    '00',
    '01',
    '1,5',
    '1_000',
    '١',
    '1\n',
    '9'.repeat(101),
  ])('refuses %j', (text) => {
    expectRefused(Decimal, text);
  });
});

describe('PhoneNumber', () => {
  it.each(['+14155550148', '+351910648518', '+123456789012345', '+12'])('keeps %s as it is', (text) => {
    expect(read(PhoneNumber, text)).toBe(text);
  });

  it.each(['14155550148', '97250123', '123456789012345'])('puts the plus before %s', (text) => {
    expect(read(PhoneNumber, text)).toBe(`+${text}`);
  });

  it.each([
    ...['', ' ', 'anonymous', 'Anonymous', 'RESTRICTED', 'Private', 'unknown', 'Unavailable', 'withheld'],
    ...['No Caller ID', 'blocked', '+266696687', '266696687', '+7378742833', '+86282452253'],
    ...['sip:anonymous@anonymous.invalid', 'anonymous@192.0.2.1'],
  ])('reads %j as a caller who withholds his', (text) => {
    expect(read(PhoneNumber, text)).toBe('anonymous');
  });

  it.each([
    '1415555',
    '1234567890123456',
    '04155550148',
    '+04155550148',
    '+1 415 555 0148',
    '+1-415-555-0148',
    '+1(415)5550148',
    '+1234567890123456',
    '+1',
    '+',
    'nobody',
    'sip:a@b',
    '+1415555014a',
    '+14155550148\n',
  ])('refuses %j', (text) => {
    expectRefused(PhoneNumber, text);
  });
});

describe('URL', () => {
  it.each([
    'https://example.com/call-details',
    'http://localhost:8080/a?b=c#d',
    'HTTPS://EXAMPLE.com/Ä',
    'https://user@example.com',
    `https://example.com/${'a'.repeat(4096 - 20)}`,
  ])('keeps %s as it is', (text) => {
    expect(read(Url, text)).toBe(text);
  });

  it.each([
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'ftp://example.com',
    'mailto:a@example.com',
    '//example.com',
    '/calls',
    'example.com',
    'https:example.com',
    'https:///example.com',
    'https:\\\\example.com',
    'https://',
    'https://exa mple.com',
    ' https://example.com',
    'https://example.com\n',
    'https://example.com/\u0000',
    'https://example.com/\ud800',
    'https://[::1',
    'https://example.com:99999',
    '',
    `https://example.com/${'a'.repeat(4096 - 19)}`,
  ])('refuses %j', (text) => {
    expectRefused(Url, text);
  });
});
