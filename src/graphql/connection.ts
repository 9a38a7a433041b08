import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { Page, Slice } from '../foundation/page.js';
import type { Total } from '../foundation/total.js';
import { badUserInput } from './bad-input.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from './page-limits.js';

@ObjectType({
  simpleResolvers: true,
  description: 'The position of a page in its list, by the Relay cursor connections specification.',
})
export class PageInfo {
  @Field(() => Boolean, {
    description: 'Whether there is more after this page: request it with `after: endCursor`.',
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: 'Whether there is more before this page: request it with `before: startCursor`.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "The first edge's cursor; null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "The last edge's cursor; null on an empty page." })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many from the beginning, or after \`after\`: 0 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} if neither first nor last is given.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many from the end, or before \`before\`: 0 to ${MAX_LIMIT}; not together with first.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null;
}

export interface Edge<Row> {
  cursor: string;
  node: Row;
}

export interface Connection<Row> {
  edges: () => Promise<Edge<Row>[]>;
  nodes: () => Promise<Row[]>;
  pageInfo: () => Promise<PageInfo>;
  totalCount: () => Promise<number>;
  totalCountIsEstimate: () => Promise<boolean>;
}

export function EdgeOf<Row extends object>(nodeType: () => ClassType<Row>): abstract new () => Edge<Row> {
  @ObjectType({ simpleResolvers: true })
  abstract class EdgeBase implements Edge<Row> {
    @Field(() => String, { description: "The node's position in the list, for `after` or `before`." })
    cursor!: string;

    @Field(nodeType, { description: 'The item at this position.' })
    node!: Row;
  }
  return EdgeBase;
}

export function ConnectionOf<Row extends object>(
  edgeType: () => ClassType<Edge<Row>>,
  nodeType: () => ClassType<Row>,
): abstract new () => Connection<Row> {
  @ObjectType({ simpleResolvers: true })
  abstract class ConnectionBase implements Connection<Row> {
    @Field(() => [edgeType()], { description: 'The items of the page, each with its cursor.' })
    edges!: () => Promise<Edge<Row>[]>;

    @Field(() => [nodeType()], { description: 'The items of the page, without cursors.' })
    nodes!: () => Promise<Row[]>;

    @Field(() => PageInfo, { description: 'The position of the page.' })
    pageInfo!: () => Promise<PageInfo>;

    @Field(() => Int, {
      description:
        'The number of items on all pages together, counted only when requested. See totalCountIsEstimate.',
    })
    totalCount!: () => Promise<number>;

    @Field(() => Boolean, {
      description:
        'Whether `totalCount` is what the database expects: at most 100,000 items are counted, for at most 3 seconds.',
    })
    totalCountIsEstimate!: () => Promise<boolean>;
  }
  return ConnectionBase;
}

/** @throws BAD_USER_INPUT naming the argument that is out of range */
export function parsePage<Position>(
  args: PageArgs,
  position: (cursor: string, argument: 'after' | 'before') => Position,
): Page<Position> {
  const { first, last, after, before } = args;
  if (first != null && last != null) throw badUserInput('first and last cannot be given together.');
  for (const [argument, value] of Object.entries({ first, last })) {
    if (value != null && (value < 0 || value > MAX_LIMIT)) {
      throw badUserInput(`${argument} must lie between 0 and ${MAX_LIMIT}, not ${value}.`);
    }
  }
  return {
    limit: first ?? last ?? DEFAULT_LIMIT,
    forward: last == null,
    after: after == null ? null : position(after, 'after'),
    before: before == null ? null : position(before, 'before'),
  };
}

export function toConnection<Row>(
  read: () => Promise<Slice<Row>>,
  cursorOf: (row: Row) => string,
  count: () => Promise<Total>,
): Connection<Row> {
  const slice = once(read);
  const total = once(count);
  const edges = once(async () => (await slice()).rows.map((node) => ({ cursor: cursorOf(node), node })));
  return {
    edges,
    nodes: async () => (await slice()).rows,
    pageInfo: async () => {
      const { hasNextPage, hasPreviousPage } = await slice();
      const shown = await edges();
      return {
        hasNextPage,
        hasPreviousPage,
        startCursor: shown[0]?.cursor ?? null,
        endCursor: shown.at(-1)?.cursor ?? null,
      };
    },
    totalCount: async () => (await total()).count,
    totalCountIsEstimate: async () => (await total()).isEstimate,
  };
}

function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= compute();
    return result;
  };
}
