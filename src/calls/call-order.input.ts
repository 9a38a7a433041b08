import { Field, InputType } from 'type-graphql';
import { publishEnum } from '../graphql/publish-enum.js';
import type { CallOrderField, OrderDirection } from './call-filter.js';

const CallOrderFieldEnum = publishEnum<CallOrderField>('CallOrderField', 'What calls are ordered by.', {
  CREATED_AT: 'When the gateway first heard of them; the one order in which a call never moves.',
  STARTED_AT: 'When they started; those that have not come last.',
  UPDATED_AT: 'When they were last changed here.',
  DURATION: 'How long they took; those without a duration come last.',
});

const OrderDirectionEnum = publishEnum<OrderDirection>('OrderDirection', 'Which end comes first.', {
  ASC: 'The earliest or least first; null last.',
  DESC: 'The latest or greatest first; null last here too.',
});

@InputType({
  description:
    'The order of a list of calls; calls that are equal in it go by id. E.g. `{ field: DURATION, direction: DESC }`.',
})
export class CallOrder {
  @Field(() => CallOrderFieldEnum, { description: 'What they are ordered by.' })
  field!: CallOrderField;

  @Field(() => OrderDirectionEnum, { defaultValue: 'DESC', description: 'Which end comes first.' })
  direction!: OrderDirection;
}
