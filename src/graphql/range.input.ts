import { Field, InputType, Int } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { atLeast } from './input-checks.js';
import { DateTime } from './scalars.js';

@InputType({
  description:
    'A time between two instants, e.g. `{ from: "2024-01-15T00:00:00Z", to: "2024-01-16T00:00:00Z" }` for one day. What has no time is in no range.',
})
export class DateTimeRange {
  @Field(() => DateTime, { nullable: true, description: 'The first instant, inclusive; open if left out.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'The end, exclusive; open if left out.' })
  to?: Date | null;
}

@InputType({ description: 'A number between two, both inclusive. What has no number is in no range.' })
export class IntRange {
  @Field(() => Int, {
    nullable: true,
    description: 'The least, 0 or more, in the unit of what is compared; open if left out.',
  })
  min?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The greatest, 0 or more, in the unit of what is compared; open if left out.',
  })
  max?: number | null;
}

export function checkIntRange(range: IntRange | null | undefined, path: string[]): UserErrorData[] {
  return [...atLeast(0, range?.min, [...path, 'min']), ...atLeast(0, range?.max, [...path, 'max'])];
}
