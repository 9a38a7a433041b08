import { Field, Int } from 'type-graphql';
import { Decimal, PhoneNumber, Url } from '../graphql/scalars.js';
import {
  VoiceCallDirectionEnum,
  VoiceCallProviderEnum,
  VoiceCallStatusEnum,
} from './voice-call-enums.type.js';

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
export const ToNumber = field(() => PhoneNumber, 'The number that was called. vcita: `to_number`.');
export const Direction = field(
  () => VoiceCallDirectionEnum,
  'The direction of the call. vcita: `direction`.',
);
export const Status = field(() => VoiceCallStatusEnum, 'The outcome. vcita: `status`.');
export const Rate = field(() => Decimal, 'The rate, e.g. `"0.05"`, `"0"` when free. vcita: `rate`.');
export const Provider = field(() => VoiceCallProviderEnum, 'The carrier of the call. vcita: `provider`.');
export const Price = field(() => Decimal, 'The total price, e.g. `"1.50"`. vcita: `price`.');
export const Duration = field(() => Int, 'The duration in seconds; 0 or more. vcita: `duration`.');
export const CallSummary = field(() => String, 'A summary of the conversation. vcita: `call_summary`.');
export const ExternalAppUrl = field(() => Url, 'A page with details of the call. vcita: `external_app_url`.');
export const ExternalAppName = field(
  () => String,
  'The application of that page. vcita: `external_app_name`.',
);
export const RecordingId = field(() => String, 'The recording of the call. vcita: `recording_id`.');
export const HandledByStaffUid = field(
  () => String,
  'The staff member who handled the call or followed it up. vcita: `handled_by_staff_uid`.',
);
