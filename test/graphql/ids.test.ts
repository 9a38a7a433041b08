import fc from 'fast-check';
import { fromUUID } from 'typeid-js';
import { describe, expect, it } from 'vitest';
import { decodeId, encodeId, ID_TYPES, uuidOf } from '../../src/graphql/ids.js';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('ids', () => {
  it('come back as the type and uuid that they were made of', () => {
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

  it('are read without throwing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const id = decodeId(text);
        expect(id === null || encodeId(id.type, id.uuid) === text).toBe(true);
      }),
    );
  });

  it.each([
    '',
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

  it('give their uuid to those who ask for their type, and to nobody else', () => {
    const id = encodeId('voice_call', UUID);
    expect(uuidOf('voice_call', id)).toBe(UUID);
    expect(uuidOf('call', id)).toBeNull();
  });
});
