import { Arg, Authorized, Ctx, Extensions, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { checkCallFilter, toCallFilter } from '../calls/filter/call-filter.checks.js';
import { CallFilterInput } from '../calls/filter/call-filter.input.js';
import { whenSearchable } from '../calls/filter/search.checks.js';
import { Refusal } from '../foundation/refusal.js';
import { badInputIf, badUserInput } from '../graphql/bad-input.js';
import type { Context } from '../graphql/context.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import type { CallDimension } from './call-dimension.enums.js';
import { CallDimensionEnum, CallDimensionInput } from './call-dimension.input.js';
import { checkFacet, checkFigures, toFigures } from './call-statistics.checks.js';
import { CallFacetValue, CallStatistics, DurationStatistics } from './call-statistics.type.js';
import { figuresCost } from './figures-cost.js';

const WHICH = 'Which calls to count; all if omitted.';
const COSTS =
  'Costs 100 points, and 100 more for each day that the filter leaves by `occurredAt`, `startedAt`, `createdAt`, `endedAt` or `updatedAt`; 20,000 at most, which a filter without them costs.';

@Resolver()
export class CallStatisticsResolver {
  @Authorized<Scope>('CALLS_READ')
  @Extensions({ points: figuresCost })
  @Query(() => [CallStatistics], {
    nullable: true,
    description: text`
      Figures of the calls that the filter finds, grouped by at most two dimensions; ordered by the first key, then the
      second, null last. ${COSTS}

      \`\`\`graphql
      {
        callStatistics(
          filter: { startedAt: { from: "2024-01-15T00:00:00Z", to: "2024-01-16T00:00:00Z" } }
          by: [{ field: STATUS }]
        ) { keys calls answered duration { median p95 } costs { currency total } }
      }
      \`\`\`
    `,
  })
  async callStatistics(
    @Arg('filter', () => CallFilterInput, { nullable: true, description: WHICH })
    filter: CallFilterInput | null,
    @Arg('by', () => [CallDimensionInput], {
      nullable: true,
      description:
        'What to group by, at most two; one row for all calls if there is none. TAG or SYSTEM twice shows which values come together.',
    })
    by: CallDimensionInput[] | null,
    @Arg('timeZone', () => String, {
      defaultValue: 'UTC',
      description: 'Whose calendar `occurredAt` goes by: an IANA name, e.g. `Europe/Lisbon`.',
    })
    timeZone: string,
    @Arg('first', () => Int, { defaultValue: 200, description: 'How many rows to return, 1 to 1,000.' })
    first: number,
    @Ctx() { services, viewer }: Context,
  ) {
    badInputIf([
      ...checkCallFilter(filter, ['filter'], services.limits),
      ...checkFigures({ by, timeZone, first }),
    ]);
    const question = toFigures({ by, timeZone, first });
    const found = toCallFilter(filter);
    const read = () => badInputOf(services.callStatistics.figures(viewer, found, question));
    return whenSearchable(found, services.calls, viewer, read);
  }

  @Authorized<Scope>('CALLS_READ')
  @Extensions({ points: figuresCost })
  @Query(() => [CallFacetValue], {
    nullable: true,
    description: text`
      What filter menus show: the most frequent values of a dimension among the calls that the filter finds, with how
      many calls have each. ${COSTS}

      \`\`\`graphql
      { callFacet(field: ASSISTANT, startsWith: "serv") { value label calls } }
      \`\`\`
    `,
  })
  async callFacet(
    @Arg('field', () => CallDimensionEnum, { description: 'The values of what.' })
    field: CallDimension,
    @Arg('filter', () => CallFilterInput, { nullable: true, description: WHICH })
    filter: CallFilterInput | null,
    @Arg('startsWith', () => String, {
      nullable: true,
      description: 'Only values that start with this, in whichever case.',
    })
    startsWith: string | null,
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many values to return, 1 to 1,000.' })
    first: number,
    @Ctx() { services, viewer }: Context,
  ) {
    const question = { field, startsWith: startsWith ?? null, first };
    badInputIf([...checkCallFilter(filter, ['filter'], services.limits), ...checkFacet(question)]);
    const found = toCallFilter(filter);
    const read = () => badInputOf(services.callStatistics.facet(viewer, found, question));
    return whenSearchable(found, services.calls, viewer, read);
  }
}

const INT_MAX = 2 ** 31 - 1;

@Resolver(() => DurationStatistics)
export class DurationStatisticsResolver {
  /** Only who asks for it needs to bound the time. */
  @FieldResolver()
  sum(@Root() { sum }: DurationStatistics): number {
    if (sum <= INT_MAX) return sum;
    const message = `filter: finds calls of ${sum} seconds in one row, more than the ${INT_MAX} of an Int: bound their time.`;
    throw badUserInput(message);
  }
}

async function badInputOf<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Refusal) badInputIf(error.errors);
    throw error;
  }
}
