import { Field, Int } from 'type-graphql';
import { Decimal, PhoneNumber, Url } from '../graphql/scalars.js';
import {
  VoiceCallDirectionEnum,
  VoiceCallProviderEnum,
  VoiceCallStatusEnum,
} from './voice-call-enums.type.js';

/**
 * The fields that the record and its inputs have in common, as field decorators: what a field means is said once.
 */
const field =
  (type: () => object, description: string) =>
  (options: { nullable?: true } = {}) =>
    Field(type, { ...options, description });

export const StaffUid = field(() => String, 'The staff member of the call. vcita: `staff_uid`.');
export const ClientUid = field(() => String, 'The client of the call. vcita: `client_uid`.');
export const FromNumber = field(
  () => PhoneNumber,
  'The number that the call came from. vcita: `from_number`.',
);
export const ToNumber = field(
  () => PhoneNumber,
  'The number that the call was directed to. vcita: `to_number`.',
);
export const Direction = field(() => VoiceCallDirectionEnum, 'Which way the call goes. vcita: `direction`.');
export const Status = field(() => VoiceCallStatusEnum, 'What became of it. vcita: `status`.');
export const Rate = field(() => Decimal, 'The rate, e.g. `"0.05"`, `"0"` when free. vcita: `rate`.');
export const Provider = field(() => VoiceCallProviderEnum, 'Who carries the call. vcita: `provider`.');
export const Price = field(() => Decimal, 'The price in all, e.g. `"1.50"`. vcita: `price`.');
export const Duration = field(() => Int, 'How long it lasted, in seconds; 0 or more. vcita: `duration`.');
export const CallSummary = field(() => String, 'What was said, in short. vcita: `call_summary`.');
export const ExternalAppUrl = field(() => Url, 'A page with more on the call. vcita: `external_app_url`.');
export const ExternalAppName = field(() => String, "That page's application. vcita: `external_app_name`.");
export const RecordingId = field(() => String, 'The recording of the call. vcita: `recording_id`.');
export const HandledByStaffUid = field(
  () => String,
  'Who handled the call or followed it up. vcita: `handled_by_staff_uid`.',
);
