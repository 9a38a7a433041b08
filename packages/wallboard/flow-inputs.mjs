import { getNamedType, getNullableType, isInputObjectType, isListType, isNonNullType } from 'graphql';

const ROOT = 'CallFlowCommandInput';

/** The inputs of a flow's steps with their fields, as the schema has them: the forms are made of them. */
export function flowInputs(schema) {
  const inputs = new Map();
  const add = (type) => {
    if (inputs.has(type.name)) return;
    inputs.set(type.name, fieldsOf(type));
    for (const { type: inner } of Object.values(type.getFields())) {
      const named = getNamedType(inner);
      if (isInputObjectType(named)) add(named);
    }
  };
  const commands = Object.values(schema.getType(ROOT).getFields());
  for (const { type } of commands) add(getNamedType(type));
  const names = [...inputs.keys()];
  const byCommand = (value) => Object.fromEntries(commands.map((each) => [each.name, value(each)]));
  return [
    '// Made by flow-inputs.mjs from schema.graphql: a change here is lost.',
    `import type { ${names.join(', ')} } from './graphql';`,
    `export interface FlowInputs { ${names.map((name) => `${name}: ${name};`).join(' ')} }`,
    constant('INPUT_FIELDS', Object.fromEntries(inputs)),
    constant(
      'COMMAND_INPUTS',
      byCommand(({ type }) => getNamedType(type).name),
    ),
    constant(
      'COMMAND_DESCRIPTIONS',
      byCommand(({ description }) => description),
    ),
    '',
  ].join('\n');
}

const fieldsOf = (type) =>
  Object.values(type.getFields()).map(({ name, type: each, description, defaultValue }) => ({
    name,
    type: getNamedType(each).name,
    isList: isListType(getNullableType(each)),
    isRequired: isNonNullType(each) && defaultValue === undefined,
    description,
  }));

const constant = (name, value) => `export const ${name} = ${JSON.stringify(value, null, 2)} as const;`;
