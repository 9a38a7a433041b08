import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Decimal } from '../graphql/scalars.js';

@ObjectType({
  simpleResolvers: true,
  description: 'The durations of calls in seconds, over the calls that have one.',
})
export class DurationStatistics {
  @Field(() => Int, {
    description:
      'All durations together, in seconds. More than 2,147,483,647 are BAD_USER_INPUT: bound the time of the calls.',
  })
  sum!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'The average in seconds; null if no call has a duration.',
  })
  average!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Seconds: as long as half of the calls at most; between two calls, halfway. Null if no call has a duration.',
  })
  median!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Seconds: as long as 95 % of the calls at most; between two calls, in proportion. Null if no call has a duration.',
  })
  p95!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'An amount of one currency.' })
export class MoneyStatistics {
  @Field(() => String, { description: 'The currency, e.g. `USD`.' })
  currency!: string;

  @Field(() => Decimal, { description: 'The exact sum of `cost.total` over the calls that have one.' })
  total!: string;
}

@ObjectType({ simpleResolvers: true, description: 'Figures of the calls that have the same keys.' })
export class CallStatistics {
  @Field(() => [String], {
    nullable: 'items',
    description: 'The values of `by`, in its order, as text; null where the calls have none.',
  })
  keys!: (string | null)[];

  @Field(() => Int, { description: 'How many calls there are.' })
  calls!: number;

  @Field(() => Int, {
    description: 'How many of them were answered: they are IN_PROGRESS or COMPLETED, or have `answeredAt`.',
  })
  answered!: number;

  @Field(() => DurationStatistics, { description: 'Their durations.' })
  duration!: DurationStatistics;

  @Field(() => [MoneyStatistics], { description: 'What they cost, in the order of the currencies.' })
  costs!: MoneyStatistics[];
}

@ObjectType({ simpleResolvers: true, description: 'A value that calls have, for a menu of filters.' })
export class CallFacetValue {
  @Field(() => String, { description: 'The value, as filters take it.' })
  value!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name to show, where there is one: of an ASSISTANT the name that its newest call has.',
  })
  label!: string | null;

  @Field(() => Int, { description: 'How many calls have it.' })
  calls!: number;
}
