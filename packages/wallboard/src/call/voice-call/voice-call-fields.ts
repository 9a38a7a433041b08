import type {
  CreateVoiceCallInput,
  UpdateVoiceCallInput,
  VoiceCallDirection,
  VoiceCallStatus,
} from '../../gql/graphql';
import { words } from '../../ui/words';

export type FieldName = keyof UpdateVoiceCallInput;
/** As the form has them: texts. */
export type Values = Record<FieldName, string>;

interface Field {
  name: FieldName;
  label: string;
  /** An update needs all but one of the fields, a new record only these. */
  isRequiredAtCreation?: true;
  isOptional?: true;
  kind?: 'long' | readonly string[];
  /** @returns why it cannot be sent, else null */
  check?(value: string): string | null;
  hint?: string;
}

const DIRECTIONS: readonly VoiceCallDirection[] = ['INBOUND', 'OUTBOUND'];
const STATUSES: readonly VoiceCallStatus[] = [
  'INCOMING_CALL',
  'ANSWERED_BY_STAFF',
  'ANSWERED_BY_CALLS_PROVIDER',
  'MISSED',
  'MISSED_CALL_HANDLED',
  'VOICEMAIL',
  'VOICEMAIL_RECEIVED',
];

const matches = (pattern: RegExp, message: string) => (value: string) =>
  pattern.test(value) ? null : message;
const decimal = matches(/^-?\d+(\.\d+)?$/, 'A decimal number, such as 1.50');
const seconds = matches(/^\d+$/, 'Whole seconds, 0 or more');
const url = matches(/^https?:\/\/\S+$/, 'An address that begins with http:// or https://');

export const FIELDS: readonly Field[] = [
  { name: 'status', label: 'Status', kind: STATUSES, isRequiredAtCreation: true },
  { name: 'direction', label: 'Direction', kind: DIRECTIONS, isRequiredAtCreation: true },
  { name: 'fromNumber', label: 'From', isRequiredAtCreation: true },
  { name: 'toNumber', label: 'To', isRequiredAtCreation: true },
  { name: 'staffUid', label: 'Staff member', isRequiredAtCreation: true },
  { name: 'handledByStaffUid', label: 'Handled by', isOptional: true },
  { name: 'clientUid', label: 'Client', isRequiredAtCreation: true },
  { name: 'duration', label: 'Duration', hint: 'Seconds', check: seconds },
  { name: 'rate', label: 'Rate', check: decimal },
  { name: 'price', label: 'Price', check: decimal },
  { name: 'provider', label: 'Provider', kind: ['VONAGE'], isRequiredAtCreation: true },
  { name: 'recordingId', label: 'Recording' },
  { name: 'sourceId', label: 'Source id', isRequiredAtCreation: true },
  { name: 'externalUuid', label: 'External UUID', isRequiredAtCreation: true },
  { name: 'externalAppName', label: 'Application' },
  { name: 'externalAppUrl', label: 'Page in the application', check: url },
  { name: 'callSummary', label: 'Summary', kind: 'long' },
];

/** As people read it. */
export const shown = (name: FieldName, value: string): string =>
  value === ''
    ? 'nothing'
    : Array.isArray(FIELDS.find((field) => field.name === name)?.kind)
      ? words(value)
      : value;

export const EMPTY: Values = {
  ...{
    staffUid: '',
    clientUid: '',
    fromNumber: '',
    toNumber: '',
    direction: 'INBOUND',
    status: 'INCOMING_CALL',
  },
  ...{
    rate: '',
    price: '',
    provider: 'VONAGE',
    sourceId: '',
    duration: '',
    callSummary: '',
    externalAppUrl: '',
  },
  ...{ externalAppName: '', recordingId: '', externalUuid: '', handledByStaffUid: '' },
};

type Stored = { [name in FieldName]?: string | number | null };

export const valuesOf = (record: Stored): Values => {
  const values = { ...EMPTY };
  for (const { name } of FIELDS) values[name] = record[name] == null ? '' : String(record[name]);
  return values;
};

/** Which fields cannot be sent, and why. */
export function problemsOf(values: Values, isNew: boolean): Partial<Values> {
  const problems: Partial<Values> = {};
  for (const { name, label, isOptional, isRequiredAtCreation, check } of FIELDS) {
    const value = values[name];
    const isRequired = isNew ? isRequiredAtCreation : !isOptional;
    const problem = value === '' ? (isRequired ? `${label} is required` : null) : (check?.(value) ?? null);
    if (problem !== null) problems[name] = problem;
  }
  return problems;
}

export function updateOf(values: Values): UpdateVoiceCallInput {
  const { direction, status, provider: _, duration, handledByStaffUid, ...texts } = values;
  return {
    ...texts,
    ...enumsOf({ direction, status }),
    duration: Number(duration),
    handledByStaffUid: handledByStaffUid === '' ? null : handledByStaffUid,
  };
}

export function creationOf(values: Values): CreateVoiceCallInput {
  const {
    direction,
    status,
    provider: _,
    duration,
    staffUid,
    clientUid,
    fromNumber,
    toNumber,
    ...others
  } = values;
  const { sourceId, externalUuid, ...optional } = others;
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== ''));
  return {
    ...{ staffUid, clientUid, fromNumber, toNumber, sourceId, externalUuid },
    ...given,
    ...enumsOf({ direction, status }),
    ...(duration !== '' && { duration: Number(duration) }),
  };
}

/** The form offers no others; the first is what no form can choose. */
const enumsOf = ({ direction, status }: Pick<Values, 'direction' | 'status'>) => ({
  direction: DIRECTIONS.find((known) => known === direction) ?? 'INBOUND',
  status: STATUSES.find((known) => known === status) ?? 'INCOMING_CALL',
  provider: 'VONAGE' as const,
});
