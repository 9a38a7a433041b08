/**
 * Derives from the gateway's schema.graphql what clients need to know of it. Without an option it writes
 * src/generated/, which is committed; with --files it writes the SDL and the introspection beside the compiled code.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  buildSchema,
  GraphQLOneOfDirective,
  getNamedType,
  introspectionFromSchema,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  parse,
  print,
} from 'graphql';

/** What a scalar is in JSON. A scalar that is not here ends the build: its type is for a person to decide. */
const SCALARS = {
  DateTime: 'string',
  Decimal: 'string',
  JSONObject: 'Record<string, unknown>',
  PhoneNumber: 'string',
  URL: 'string',
};
const PAGE_ARGUMENTS = ['after', 'before', 'first', 'last'];

const byName = (one, other) => (one.name < other.name ? -1 : 1);
const sorted = (names) => [...names].sort();

/** @returns the text of each file of src/generated/, by its name */
export function generated(sdl) {
  const schema = buildSchema(sdl);
  const types = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .sort(byName);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const objects = types.filter((type) => isObjectType(type) && !roots.includes(type));
  const fieldsOf = (type) => Object.values(type.getFields()).sort(byName);
  const has = (type, ...names) => names.every((name) => name in type.getFields());
  const objectOf = (field) => (isObjectType(getNamedType(field.type)) ? [getNamedType(field.type)] : []);
  const isList = ({ type }) => isListType(isNonNullType(type) ? type.ofType : type);

  const live = fieldsOf(schema.getSubscriptionType());
  const isResumable = (field) =>
    field.args.some(({ name }) => name === 'after') && objectOf(field).some((type) => has(type, 'cursor'));
  if (!has(schema.getQueryType(), 'changeCursor')) throw new Error('Query.changeCursor is missing');
  const resumable = live.filter(isResumable);

  const changes = new Set();
  const addChange = (type) => {
    if (changes.has(type) || !has(type, 'cursor')) return;
    changes.add(type);
    for (const field of fieldsOf(type)) objectOf(field).forEach(addChange);
  };
  for (const field of resumable) objectOf(field).forEach(addChange);

  const payloads = new Set(fieldsOf(schema.getMutationType()).flatMap(objectOf));
  const isPayload = (type) => payloads.has(type) && has(type, 'errors');
  const isUnkeyed = (type) => !has(type, 'id') || changes.has(type) || isPayload(type);
  const isConnection = (type) => isObjectType(type) && has(type, 'edges', 'pageInfo');

  const values = new Set();
  const addValues = (owner) => {
    for (const field of fieldsOf(owner).filter((each) => !isList(each))) {
      for (const type of objectOf(field)) {
        if (values.has(type) || !isUnkeyed(type) || isConnection(type) || changes.has(type)) continue;
        values.add(type);
        addValues(type);
      }
    }
  };
  for (const type of objects.filter((each) => !isUnkeyed(each))) addValues(type);

  const pages = [schema.getQueryType(), ...objects].flatMap((type) =>
    fieldsOf(type)
      .filter((field) => isConnection(getNamedType(field.type)))
      .map((field) => ({
        type: type.name,
        field: field.name,
        keyArgs: sorted(field.args.map(({ name }) => name).filter((name) => !PAGE_ARGUMENTS.includes(name))),
      })),
  );

  const possibleTypes = Object.fromEntries(
    types
      .filter(isAbstractType)
      .map((type) => [type.name, sorted(schema.getPossibleTypes(type).map(({ name }) => name))]),
  );

  const scalars = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
  const untyped = scalars.filter(({ name }) => !(name in SCALARS));
  if (untyped.length > 0) throw new Error(`scalars without a type in generate.mjs: ${untyped.join(', ')}`);

  const namesOf = (list) => sorted([...list].map(({ name }) => name));
  return {
    'subscriptions.ts': file(
      constant(
        'RESUMABLE',
        'readonly string[]',
        namesOf(resumable),
        'Subscriptions that go on after a cursor.',
      ),
    ),
    'cache-types.ts': file(
      constant(
        'UNKEYED_TYPES',
        'readonly string[]',
        namesOf(objects.filter(isUnkeyed)),
        'Types whose objects no id names, or whose id no cache should keep: changes, and payloads of mutations.',
      ),
      constant(
        'UNKEYED_WITH_ID',
        'readonly string[]',
        namesOf(objects.filter((type) => isUnkeyed(type) && has(type, 'id'))),
        'Those of them that have an id all the same.',
      ),
      constant(
        'VALUE_TYPES',
        'readonly string[]',
        namesOf(values),
        'Parts of an object that have no id: their fields are merged.',
      ),
      constant(
        'PAGES',
        'readonly { type: string; field: string; keyArgs: string[] }[]',
        pages,
        'Lists in pages, with the arguments that make two of them different lists.',
      ),
      constant('LIVE_FIELDS', 'readonly string[]', namesOf(live), 'Fields of Subscription.'),
    ),
    'possible-types.ts': file(
      constant(
        'possibleTypes',
        'Record<string, string[]>',
        possibleTypes,
        'For caches that match fragments.',
      ),
    ),
    'scalars.ts': file(
      `/** The TypeScript types of the scalars, as JSON has them. */\nexport const scalars = ${oneALine(
        Object.fromEntries(namesOf(scalars).map((name) => [name, SCALARS[name]])),
      )};`,
    ),
    'graphcache-schema.ts': file(graphcacheSchema(schema, types)),
  };
}

/** The part of the introspection that graphcache reads. */
function graphcacheSchema(schema, types) {
  const shortType = (type) => {
    if (isNonNullType(type)) return { kind: 'NON_NULL', ofType: shortType(type.ofType) };
    if (isListType(type)) return { kind: 'LIST', ofType: shortType(type.ofType) };
    if (isObjectType(type)) return { kind: 'OBJECT', name: type.name };
    if (isInterfaceType(type)) return { kind: 'INTERFACE', name: type.name };
    return { kind: 'SCALAR', name: 'Any' };
  };
  const shortened = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .map((type) => ({
      kind: isObjectType(type) ? 'OBJECT' : 'INTERFACE',
      name: type.name,
      fields: Object.values(type.getFields()).map((field) => ({
        name: field.name,
        type: shortType(field.type),
        args: field.args.map(({ name }) => ({ name, type: { kind: 'SCALAR', name: 'Any' } })),
      })),
      interfaces: type.getInterfaces().map(({ name }) => ({ kind: 'INTERFACE', name })),
      ...(isInterfaceType(type) && {
        possibleTypes: schema.getPossibleTypes(type).map(({ name }) => ({ kind: 'OBJECT', name })),
      }),
    }));
  const root = (type) => JSON.stringify({ name: type.name });
  return [
    '/** What graphcache reads of an introspection. */',
    'export const graphcacheSchema: {',
    '  __schema: {',
    '    queryType: { name: string };',
    '    mutationType: { name: string };',
    '    subscriptionType: { name: string };',
    '    types: readonly object[];',
    '  };',
    '} = {',
    '  __schema: {',
    `    queryType: ${root(schema.getQueryType())},`,
    `    mutationType: ${root(schema.getMutationType())},`,
    `    subscriptionType: ${root(schema.getSubscriptionType())},`,
    `    types: ${oneALine([...shortened, { kind: 'SCALAR', name: 'Any' }], '    ')},`,
    '  },',
    '};',
  ].join('\n');
}

/** The schema with the definition of @oneOf, which is too young for many tools to know by themselves. */
export function printedSchema(sdl) {
  const { name, description, locations } = GraphQLOneOfDirective;
  const isDefined = parse(sdl).definitions.some(
    (each) => each.kind === Kind.DIRECTIVE_DEFINITION && each.name.value === name,
  );
  const definition = print(parse(`"""${description}"""\ndirective @${name} on ${locations.join(' | ')}`));
  return isDefined ? sdl : `${sdl.trimEnd()}\n\n${definition}\n`;
}

const introspection = (sdl) => introspectionFromSchema(buildSchema(sdl), { descriptions: false });

const file = (...parts) =>
  ['// Made by generate.mjs from schema.graphql: a change here is lost.', ...parts, ''].join('\n');
const constant = (name, type, value, comment) =>
  `/** ${comment} */\nexport const ${name}: ${type} = ${oneALine(value)};`;

/** One entry in each line, so that a difference shows what has changed. */
function oneALine(value, indent = '') {
  const entries = Array.isArray(value)
    ? value.map((each) => JSON.stringify(each))
    : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${entries.map((entry) => `${indent}  ${entry},\n`).join('')}${indent}${close}`;
}

function writeIfOther(url, text) {
  let present;
  try {
    present = readFileSync(url, 'utf8');
  } catch {}
  if (present !== text) writeFileSync(url, text);
}

if (import.meta.url === pathToFileURL(argv[1]).href) {
  const sdl = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  if (argv.includes('--files')) {
    writeIfOther(new URL('dist/schema.graphql', import.meta.url), printedSchema(sdl));
    writeIfOther(new URL('dist/introspection.json', import.meta.url), JSON.stringify(introspection(sdl)));
  } else {
    mkdirSync(new URL('src/generated/', import.meta.url), { recursive: true });
    for (const [name, text] of Object.entries(generated(sdl))) {
      writeIfOther(new URL(`src/generated/${name}`, import.meta.url), text);
    }
  }
}
