import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import type { Variables } from '../../support/gateway.js';

/**
 * Values for arguments and input members: by field and argument (`call.id`), by the name of the argument or member, or
 * by the name of its type.
 */
export type Pools = Record<string, unknown[]>;

export interface RandomDocument {
  document: string;
  variables: [Variables, Variables];
}

interface Variable {
  definition: string;
  values: [unknown, unknown];
}

const DEPTH = 5;
const CONDITIONS = 2;

/** Random choices, where 0 is the simplest: fewer and smaller numbers give a simpler document. */
class Choices {
  readonly #numbers: number[];
  #at = 0;

  constructor(numbers: number[]) {
    this.#numbers = numbers;
  }

  get areLeft(): boolean {
    return this.#at < this.#numbers.length;
  }

  below(limit: number): number {
    const number = this.#numbers[this.#at++] ?? 0;
    return number % limit;
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  once(times: number): boolean {
    return this.below(times) === times - 1;
  }
}

class Writer {
  readonly #choices: Choices;
  readonly #pools: Pools;
  readonly #variables = new Map<string, Variable>();
  readonly #fragments: { name: string; type: GraphQLCompositeType; body: string }[] = [];
  #names = 0;

  constructor(choices: Choices, pools: Pools) {
    this.#choices = choices;
    this.#pools = pools;
  }

  document(): RandomDocument {
    const query = publicSchema().getQueryType() as GraphQLObjectType;
    const body = this.#selections(query, DEPTH);
    const definitions = [...this.#variables.values()].map(({ definition }) => definition).join(', ');
    const fragments = this.#fragments.map(
      ({ name, type, body: own }) => `fragment ${name} on ${type} ${own}`,
    );
    const valuesOf = (set: 0 | 1): Variables =>
      Object.fromEntries(
        [...this.#variables]
          .map(([name, { values }]) => [name, values[set]])
          .filter(([, value]) => value !== undefined),
      );
    return {
      document: [`query ${definitions && `(${definitions})`} ${body}`, ...fragments].join('\n'),
      variables: [valuesOf(0), valuesOf(1)],
    };
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const written: string[] = [];
    const heads: [string, GraphQLField<unknown, unknown>][] = [];
    const count = 1 + this.#choices.below(4);
    for (let index = 0; index < count && (index === 0 || this.#choices.areLeft); index += 1) {
      const kind = this.#choices.below(10);
      if (kind === 9) written.push(this.#spread(type, depth));
      else if (kind === 8) written.push(this.#inline(type, depth));
      else if (kind === 7) written.push(`__typename${this.#directives()}`);
      else if (kind === 6 && heads.length > 0) {
        // The same key again, possibly with another selection.
        const [head, field] = this.#choices.oneOf(heads);
        written.push(`${head}${this.#directives()}${this.#below(field, depth)}`);
      } else {
        const field = this.#field(type, depth);
        if (field === undefined) written.push('__typename');
        else {
          const alias = this.#choices.once(4) ? `${this.#name('a_')}: ` : '';
          const head = `${alias}${field.name}${this.#arguments(field)}`;
          // Without an alias, two fields with one key could have different arguments.
          const key = alias === '' && field.args.length > 0 ? `${this.#name('own')}: ${head}` : head;
          heads.push([key, field]);
          written.push(`${key}${this.#directives()}${this.#below(field, depth)}`);
        }
      }
    }
    return `{ ${written.join(' ')} }`;
  }

  #field(type: GraphQLCompositeType, depth: number): GraphQLField<unknown, unknown> | undefined {
    if (isAbstractType(type) && !('getFields' in type)) return undefined;
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 0 || isLeafType(getNamedType(field.type)),
    );
    if (fields.length === 0) return undefined;
    const composite = fields.filter((field) => isCompositeType(getNamedType(field.type)));
    const deeper = composite.length > 0 && this.#choices.below(2) === 1;
    return this.#choices.oneOf(deeper ? composite : fields);
  }

  #below({ type }: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(type);
    return isCompositeType(named) ? ` ${this.#selections(named, depth - 1)}` : '';
  }

  #narrowed(type: GraphQLCompositeType): GraphQLCompositeType {
    const interfaces = isObjectType(type) ? type.getInterfaces() : [];
    const narrower = isAbstractType(type) ? publicSchema().getPossibleTypes(type) : interfaces;
    return this.#choices.oneOf([type, ...narrower]);
  }

  #inline(type: GraphQLCompositeType, depth: number): string {
    const condition = this.#narrowed(type);
    const on = condition === type && this.#choices.once(2) ? '' : ` on ${condition}`;
    return `...${on}${this.#directives()} ${this.#selections(condition, depth - 1)}`;
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    const condition = this.#narrowed(type);
    const known = this.#fragments.filter((fragment) => fragment.type === condition);
    if (known.length > 0 && this.#choices.below(3) > 0) {
      return `...${this.#choices.oneOf(known).name}${this.#directives()}`;
    }
    const body = this.#selections(condition, depth - 1);
    const name = this.#name('F');
    this.#fragments.push({ name, type: condition, body });
    return `...${name}${this.#directives()}`;
  }

  #directives(): string {
    if (!this.#choices.once(7)) return '';
    const one = `@${this.#choices.oneOf(['include', 'skip'])}(if: ${this.#condition()})`;
    return this.#choices.once(4)
      ? ` @skip(if: ${this.#condition()}) @include(if: ${this.#condition()})`
      : ` ${one}`;
  }

  #condition(): string {
    const which = this.#choices.below(2 + CONDITIONS);
    if (which < 2) return which === 0 ? 'true' : 'false';
    const name = `c${which}`;
    if (!this.#variables.has(name)) {
      const required = which === 2;
      const value = () =>
        this.#choices.oneOf(required ? [true, false] : [true, false, undefined, null, false]);
      this.#variables.set(name, {
        definition: `$${name}: ${required ? 'Boolean!' : 'Boolean = true'}`,
        values: [value(), value()],
      });
    }
    return `$${name}`;
  }

  #arguments({ name: field, args }: GraphQLField<unknown, unknown>): string {
    const given = args
      .filter((each) => isRequiredArgument(each) || this.#choices.once(4))
      .map(({ name, type }) => `${name}: ${this.#written(poolName(this.#pools, field, name), type)}`);
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  #written(name: string, type: GraphQLInputType): string {
    if (this.#choices.once(3)) return this.#variable(name, type);
    const inner = isNonNullType(type) ? type.ofType : type;
    if (inner === type && this.#choices.once(8)) return 'null';
    if (isListType(inner)) {
      if (this.#choices.once(4)) return this.#written(name, inner.ofType);
      const items = Array.from({ length: this.#choices.below(3) }, () => this.#written(name, inner.ofType));
      return `[${items.join(', ')}]`;
    }
    if (!isInputObjectType(inner)) return literal(this.#value(name, inner), isEnumType(inner));
    const members = Object.values(inner.getFields())
      .filter((field) => isRequiredArgument(field as GraphQLArgument) || this.#choices.once(6))
      .map((field) => `${field.name}: ${this.#written(field.name, field.type)}`);
    return `{ ${members.join(', ')} }`;
  }

  #variable(name: string, type: GraphQLInputType): string {
    const variable = this.#name('v');
    const relaxed = isNonNullType(type) && this.#choices.once(3);
    const fallback = relaxed ? ` = ${constant(this.#value(name, type.ofType), type.ofType)}` : '';
    const declared = relaxed ? type.ofType : type;
    const value = (): unknown => {
      if (!isNonNullType(declared) && this.#choices.once(4)) return undefined;
      return this.#value(name, declared);
    };
    this.#variables.set(variable, {
      definition: `$${variable}: ${declared}${fallback}`,
      values: [value(), value()],
    });
    return `$${variable}`;
  }

  #value(name: string, type: GraphQLInputType): unknown {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (inner === type && this.#choices.once(8)) return null;
    if (isListType(inner)) {
      if (this.#choices.once(4)) return this.#value(name, inner.ofType);
      return Array.from({ length: this.#choices.below(3) }, () => this.#value(name, inner.ofType));
    }
    if (isEnumType(inner)) return this.#choices.oneOf(inner.getValues()).name;
    if (!isInputObjectType(inner)) {
      return this.#choices.oneOf(this.#pools[name] ?? this.#pools[inner.name] ?? [null]);
    }
    const members = Object.values(inner.getFields())
      .filter((field) => isRequiredArgument(field as GraphQLArgument) || this.#choices.once(6))
      .map((field) => [field.name, this.#value(field.name, field.type)]);
    return Object.fromEntries(members);
  }
}

function poolName(pools: Pools, field: string, argument: string): string {
  const own = `${field}.${argument}`;
  return own in pools ? own : argument;
}

function literal(value: unknown, isEnum: boolean): string {
  if (isEnum) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, false)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${key}: ${literal(member, false)}`)
    .join(', ')} }`;
}

function constant(value: unknown, type: GraphQLInputType): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (value === null) return 'null';
  if (isListType(inner)) {
    if (!Array.isArray(value)) return constant(value, inner.ofType);
    return `[${value.map((item) => constant(item, inner.ofType)).join(', ')}]`;
  }
  if (!isInputObjectType(inner)) return literal(value, isEnumType(inner));
  const fields = inner.getFields();
  const members = Object.entries(value as object).map(([name, member]) => {
    const field = fields[name];
    return `${name}: ${field ? constant(member, field.type) : 'null'}`;
  });
  return `{ ${members.join(', ')} }`;
}

/** Queries of the published schema: most of them valid, with some bad values. */
export function randomDocuments(pools: Pools): fc.Arbitrary<RandomDocument> {
  return fc
    .array(fc.nat(5_039), { minLength: 0, maxLength: 300, size: 'max' })
    .map((numbers) => new Writer(new Choices(numbers), pools).document());
}
