import fc from 'fast-check';
import { fromString, fromUUID, toUUID } from 'typeid-js';
import { describe, expect, it } from 'vitest';
import { decodeId, encodeId, ID_TYPES, uuidOf } from '../../src/graphql/ids.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('ids', () => {
  it('decode to the type and uuid that they were made from', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ID_TYPES), fc.uuid(), (type, uuid) => {
        expect(decodeId(encodeId(type, uuid))).toEqual({ type, uuid });
      }),
    );
  });

  it('are the TypeIDs that typeid-js writes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ID_TYPES), fc.uuid(), (type, uuid) => {
        expect(encodeId(type, uuid)).toBe(fromUUID(uuid, type));
      }),
    );
  });

  it('have the prefix of their type, the longest where one begins with another', () => {
    expect(encodeId('call', UUID)).toBe('call_01h455vb4pex5vsknk084sn02q');
    expect(decodeId(encodeId('call_flow_command', UUID))?.type).toBe('call_flow_command');
  });

  it('are read without throwing, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const id = decodeId(text);
        expect(id === null || encodeId(id.type, id.uuid) === text).toBe(true);
      }),
    );
  });

  it('are read as typeid-js reads them, and as null where it finds no uuid', () => {
    const suffix = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 25, maxLength: 25 });
    const uuidIn = (id: string) => {
      try {
        return toUUID(fromString(id));
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(fc.constantFrom(...'01234567'), suffix, (first, rest) => {
        const id = `call_${first}${rest}`;
        expect(decodeId(id)?.uuid ?? null).toBe(uuidIn(id));
      }),
      {
        numRuns: 2_000,
        examples: [
          ['0', '0'.repeat(25)],
          ['7', 'z'.repeat(25)],
        ],
      },
    );
  });

  it.each([
    '',
    'call_01m8h0000000000000000000zz',
    'call_00000000000000000000000001',
    UUID,
    '_01h455vb4pex5vsknk084sn02q',
    '01h455vb4pex5vsknk084sn02q',
    'nonsense_01h455vb4pex5vsknk084sn02q',
    'CALL_01h455vb4pex5vsknk084sn02q',
    'call_01H455VB4PEX5VSKNK084SN02Q',
    'call_81h455vb4pex5vsknk084sn02q',
    'call_01h455vb4pex5vsknk084sn02',
    'call_01h455vb4pex5vsknk084sn02qq',
    'call_01h455vb4pex5vsknk084sn02u',
    ' call_01h455vb4pex5vsknk084sn02q',
    'call_01h455vb4pex5vsknk084sn02q\n',
    'call__01h455vb4pex5vsknk084sn02q',
  ])('are not read from %j', (text) => {
    expect(decodeId(text)).toBeNull();
  });

  it('give their uuid for their own type only', () => {
    const id = encodeId('voice_call', UUID);
    expect(uuidOf('voice_call', id)).toBe(UUID);
    expect(uuidOf('call', id)).toBeNull();
  });
});
