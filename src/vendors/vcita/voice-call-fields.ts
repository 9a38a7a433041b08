import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import { memberOf } from '../delivery-parts.js';

type Field = Exclude<
  keyof VoiceCallRow,
  'organizationId' | 'id' | 'callId' | 'uid' | 'revision' | 'createdAt' | 'updatedAt'
>;

const CREATED = [
  'staffUid',
  'clientUid',
  'fromNumber',
  'toNumber',
  'direction',
  'status',
  'rate',
  'provider',
  'sourceId',
  'externalUuid',
] as const satisfies Field[];

const UPDATED = [
  ...CREATED,
  'price',
  'duration',
  'callSummary',
  'externalAppUrl',
  'externalAppName',
  'recordingId',
] as const satisfies Field[];

/** vcita never shows rate, price, provider and recordingId. */
const SHOWN = [
  'staffUid',
  'clientUid',
  'fromNumber',
  'toNumber',
  'direction',
  'status',
  'sourceId',
  'externalUuid',
  'duration',
  'callSummary',
  'externalAppUrl',
  'externalAppName',
  'handledByStaffUid',
] as const satisfies Field[];

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What the vendor's POST and PUT take; `missing` names the required fields that are not known. */
export interface VcitaBody {
  json: Readonly<Record<string, unknown>>;
  missing: string[];
}

export const bodyOfCreate = (row: VoiceCallRow, settings: Settings): VcitaBody =>
  bodyOf(CREATED, row, settings);

/** Without a handler the member is undefined, which JSON leaves out: vcita takes no null. */
export function bodyOfUpdate(row: VoiceCallRow, settings: Settings): VcitaBody {
  const { json, missing } = bodyOf(UPDATED, row, settings);
  return { missing, json: { ...json, handled_by_staff_uid: row.handledByStaffUid ?? undefined } };
}

type Settings = Readonly<Record<string, unknown>>;

function bodyOf(fields: readonly Field[], row: VoiceCallRow, { voicemailStatus }: Settings): VcitaBody {
  const values = { ...row, status: isVoicemail(row.status) ? (voicemailStatus ?? 'VOICEMAIL') : row.status };
  return {
    json: Object.fromEntries(fields.map((field) => [snakeCase(field), values[field]])),
    missing: fields.filter((field) => row[field] === null),
  };
}

const isVoicemail = (status: unknown) => status === 'VOICEMAIL' || status === 'VOICEMAIL_RECEIVED';

/** The fields that the answered record shows with other values than were sent. */
export function differentFields(sent: Readonly<Record<string, unknown>>, record: unknown): string[] {
  return SHOWN.filter((field) => {
    const name = snakeCase(field);
    const shown = memberOf(record, name);
    return name in sent && shown !== undefined && comparable(sent[name] ?? null) !== comparable(shown);
  });
}

/** Both words of a voicemail are one, and a number may lack its plus. */
const comparable = (value: unknown): string =>
  isVoicemail(value) ? 'VOICEMAIL' : String(value).replace(/^\+(?=\d+$)/, '');
