import {
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isListType,
  Kind,
  type ValueNode,
} from 'graphql';

/** Each item of a JSON list is compared with all items of the stored list. */
const IN_LIST = 10;

type Type = GraphQLInputType | undefined;
type Variables = Readonly<Record<string, unknown>>;

interface Entry<Value> {
  value: Value;
  type: Type;
  weight: number;
}

export class FilterSize {
  #size = 0;
  readonly #most: number;
  readonly #variables: Variables;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;

  constructor(most: number, variables: Variables, defaults: ReadonlyMap<string, ValueNode | undefined>) {
    this.#most = most;
    this.#variables = variables;
    this.#defaults = defaults;
  }

  of(value: ValueNode, type: GraphQLInputType): number {
    this.#addLiteral({ value, type, weight: 1 });
    return this.#size;
  }

  #addLiteral({ value: node, type, weight }: Entry<ValueNode>): void {
    if (this.#size > this.#most) return;
    if (node.kind === Kind.VARIABLE) {
      const name = node.name.value;
      const fallback = this.#defaults.get(name);
      if (Object.hasOwn(this.#variables, name))
        this.#addValue({ value: this.#variables[name], type, weight });
      else if (fallback !== undefined) this.#addLiteral({ value: fallback, type, weight });
    } else if (node.kind === Kind.LIST) {
      this.#size += weight;
      for (const value of node.values) this.#addLiteral({ value, ...itemOf(type, weight) });
    } else if (node.kind === Kind.OBJECT) {
      this.#size += weight;
      for (const { name, value } of node.fields) {
        this.#addLiteral({ value, type: memberType(type, name.value), weight });
      }
    } else if (node.kind !== Kind.NULL || type === undefined) this.#size += weight;
  }

  #addValue(root: Entry<unknown>): void {
    const objects: Entry<object>[] = [];
    const add = ({ value, type, weight }: Entry<unknown>) => {
      if (value !== null || type === undefined) this.#size += weight;
      if (typeof value === 'object' && value !== null) objects.push({ value, type, weight });
    };
    add(root);
    for (let object = objects.pop(); object !== undefined; object = objects.pop()) {
      for (const member of membersOf(object)) {
        if (this.#size > this.#most) return;
        add(member);
      }
    }
  }
}

function* membersOf({ value, type, weight }: Entry<object>): Generator<Entry<unknown>> {
  if (Array.isArray(value)) {
    const item = itemOf(type, weight);
    for (const each of value) yield { value: each, ...item };
  } else {
    for (const name in value) {
      yield { value: (value as Record<string, unknown>)[name], type: memberType(type, name), weight };
    }
  }
}

function itemOf(type: Type, weight: number): Omit<Entry<unknown>, 'value'> {
  const list = type && getNullableType(type);
  return isListType(list) ? { type: list.ofType, weight } : { type: undefined, weight: IN_LIST };
}

function memberType(type: Type, name: string): Type {
  const object = type && getNullableType(type);
  return isInputObjectType(object) ? object.getFields()[name]?.type : undefined;
}
