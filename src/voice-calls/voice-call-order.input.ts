import { Field, InputType } from 'type-graphql';
import type { OrderDirection } from '../calls/filter/call-filter.values.js';
import { OrderDirectionEnum } from '../calls/filter/call-order.input.js';
import { publishEnum } from '../graphql/publish-enum.js';
import type { VoiceCallOrderField } from './voice-call-filter.values.js';

const VoiceCallOrderFieldEnum = publishEnum<VoiceCallOrderField>(
  'VoiceCallOrderField',
  'The field that voice calls are ordered by.',
  {
    CREATED_AT: 'When the records were created; the only order in which a voice call keeps its position.',
    UPDATED_AT: 'When the records were last changed.',
    DURATION: 'Their duration; voice calls without one come last.',
  },
);

@InputType('VoiceCallOrder', {
  description:
    'The order of a list of voice calls; those with equal values are ordered by id. E.g. `{ field: UPDATED_AT, direction: DESC }`.',
})
export class VoiceCallOrderInput {
  @Field(() => VoiceCallOrderFieldEnum, { description: 'The field to order by.' })
  field!: VoiceCallOrderField;

  @Field(() => OrderDirectionEnum, { defaultValue: 'DESC', description: 'The direction of the order.' })
  direction!: OrderDirection;
}
