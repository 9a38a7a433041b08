import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { ID_TYPES } from '../../../src/graphql/ids.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';

interface Member {
  path: string;
  name: string;
  type: string;
  description: string;
}

const types = Object.values(publicSchema().getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

function membersOf(type: GraphQLNamedType): Member[] {
  if (isEnumType(type)) {
    return type
      .getValues()
      .map(({ name, description }) => member(`${type}.${name}`, name, 'enum', description));
  }
  if (!isInputObjectType(type) && !isObjectType(type) && !isInterfaceType(type)) return [];
  const fields: (GraphQLField<unknown, unknown> | GraphQLInputField)[] = Object.values(type.getFields());
  return fields.flatMap((field) => [
    member(`${type}.${field.name}`, field.name, getNamedType(field.type).name, field.description),
    ...('args' in field ? field.args : []).map(({ name, type: of, description }) =>
      member(`${type}.${field.name}(${name}:)`, name, getNamedType(of).name, description),
    ),
  ]);
}

const member = (
  path: string,
  name: string,
  type: string,
  description: string | null | undefined,
): Member => ({
  path,
  name,
  type,
  description: description ?? '',
});

const members = types.flatMap(membersOf);

describe('the schema’s names and descriptions', () => {
  it('tell the unit of each number', () => {
    const UNIT =
      /seconds?\b|minutes?\b|hours?\b|bytes\b|points\b|how (?:many|often|long|sure)|number of|revision|unit|code|from 0 to 1|^(?:records|calls)\b|^1 for the first|^starts at 1/i;
    const numbers = members.filter(({ type }) => type === 'Int' || type === 'Float');
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers.filter(({ description }) => !UNIT.test(description)).map(({ path }) => path)).toEqual([]);
  });

  it('show with each id its own prefix', () => {
    const prefix = new RegExp(`\`(?:${ID_TYPES.join('|')})_[0-9a-z]{26}\``);
    const ids = members.filter(({ name, type }) => name === 'id' && type === 'ID');
    expect(ids.length).toBeGreaterThan(30);
    expect(ids.filter(({ description }) => !prefix.test(description)).map(({ path }) => path)).toEqual([]);
    const shown = Object.fromEntries(
      ids.map(({ path, description }) => [path, prefix.exec(description)?.[0]]),
    );
    expect(shown).toMatchObject({
      'Call.id': '`call_01h2xcejqtf2nbrexx3vqjhp41`',
      'VoiceCall.id': '`voice_call_01h2xcejqtf2nbrexx3vqjhp41`',
      'SayCommand.id': '`call_flow_command_01h2xcejqtf2nbrexx3vqjhp41`',
      'CallFlowCommand.id': '`call_flow_command_01h2xcejqtf2nbrexx3vqjhp41`',
      'InboundMessage.id': '`inbound_message_01h2xcejqtf2nbrexx3vqjhp41`',
    });
  });

  it('fence every example that is code', () => {
    const described = [
      ...members,
      ...types.map(({ name, description }) => member(name, name, '', description)),
    ];
    const bare = described.filter(({ description }) =>
      /[eE]\.g\. (?!`|(?:the|a|an|by|from|for|that|while|Bird's) |[A-Z_]{4,})/.test(description),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('spell hang-up in one way, but where it was released in another', () => {
    const RELEASED = new Set(
      `HangupCommand HangupCommandInput CallHangup CallHangupInput hangup hangupAfterBridge hangupSipCode HANGUP HUNG_UP`.split(
        ' ',
      ),
    );
    const names = [...types.map(({ name }) => name), ...members.map(({ name }) => name)];
    const spelled = new Set(names.filter((name) => /hang_?up|hung_?up/i.test(name)));
    const others = [...spelled].filter((name) => !RELEASED.has(name) && !/hangUp|HangUp|HANG_UP/.test(name));
    expect(others).toEqual([]);
  });

  it('say which word of vcita is the present one', () => {
    const old = members.find(({ path }) => path === 'VoiceCallStatus.VOICEMAIL_RECEIVED');
    expect(old?.description).toMatch(/VOICEMAIL is the one that vcita uses now/);
  });

  it('specify each scalar', () => {
    const scalars = types.filter(isScalarType);
    expect(scalars.length).toBeGreaterThan(4);
    expect(
      scalars.filter(({ specifiedByURL }) => !URL.canParse(specifiedByURL ?? '')).map(({ name }) => name),
    ).toEqual([]);
  });
});
