import { refuseIf, type UserErrorData } from '../../foundation/refusal.js';
import { Decimal, PhoneNumber, Url } from '../../graphql/scalars.js';
import { checkVoiceCall } from '../../voice-calls/voice-call.checks.js';
import {
  VOICE_CALL_DIRECTIONS,
  VOICE_CALL_PROVIDERS,
  VOICE_CALL_STATUSES,
} from '../../voice-calls/voice-call.enums.js';
import type { NewVoiceCall, VoiceCallReplacement } from '../../voice-calls/voice-call-values.js';
import { described, integer, object, STRING, words } from '../schemas.js';
import type { JsonSchema } from '../vendor-api.js';
import { camelCase } from './vcita-voice-call.js';

const NUMBER = described(STRING, 'E.164, e.g. `+14155550148`.');
const AMOUNT = described(STRING, 'A decimal number as a string, e.g. `0.05`.');

const CREATED: Record<string, JsonSchema> = {
  staff_uid: STRING,
  client_uid: STRING,
  from_number: NUMBER,
  to_number: NUMBER,
  direction: words(VOICE_CALL_DIRECTIONS),
  status: words(VOICE_CALL_STATUSES),
  rate: AMOUNT,
  provider: words(VOICE_CALL_PROVIDERS),
  source_id: STRING,
  external_uuid: STRING,
};
const UPDATED: Record<string, JsonSchema> = {
  ...CREATED,
  price: AMOUNT,
  duration: described(integer(), 'Seconds.'),
  call_summary: STRING,
  external_app_url: described(STRING, 'An absolute http or https URL.'),
  external_app_name: STRING,
  recording_id: STRING,
};
const HANDLER = { handled_by_staff_uid: { ...STRING, nullable: true } };
const BUSINESS = { business_uid: described(STRING, 'Not stored: the key decides the organization.') };

export const CREATE = object({ ...CREATED, ...BUSINESS }, [...Object.keys(CREATED), 'business_uid']);
export const UPDATE = object({ ...UPDATED, ...HANDLER }, Object.keys(UPDATED));

export type VoiceCallBody = Record<string, string | number | null>;

/** @throws Refusal INVALID */
export const newVoiceCallOf = (body: VoiceCallBody): NewVoiceCall =>
  checkedOf(body, Object.keys(CREATED)) as unknown as NewVoiceCall;

/** @throws Refusal INVALID */
export const replacementOf = (body: VoiceCallBody): VoiceCallReplacement =>
  checkedOf(body, Object.keys({ ...UPDATED, ...HANDLER })) as unknown as VoiceCallReplacement;

type Checked = Parameters<typeof checkVoiceCall>[0];

/** With the schema's types, and the values that GraphQL's scalars would let through. */
function checkedOf(body: VoiceCallBody, names: readonly string[]): Checked {
  const errors: UserErrorData[] = [];
  const values = names.flatMap((name) => {
    const value = body[name];
    if (value === undefined) return [];
    const field = camelCase(name);
    try {
      return [[field, parsed(field, value)]];
    } catch (error) {
      errors.push({ code: 'INVALID', message: (error as Error).message, path: [field] });
      return [];
    }
  });
  const input = Object.fromEntries(values) as Checked;
  if (errors.length === 0) errors.push(...checkVoiceCall(input, []));
  refuseIf(errors);
  return input;
}

const SCALARS = {
  fromNumber: PhoneNumber,
  toNumber: PhoneNumber,
  rate: Decimal,
  price: Decimal,
  externalAppUrl: Url,
};

const parsed = (field: string, value: unknown): unknown =>
  Object.hasOwn(SCALARS, field) ? SCALARS[field as keyof typeof SCALARS].parseValue(value) : value;
