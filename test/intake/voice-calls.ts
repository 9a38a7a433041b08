/** The fields that vcita requires for a new voice call; this one was missed. */
export const VOICE_CALL = {
  staffUid: 'staff-1',
  clientUid: 'client-1',
  fromNumber: '+14155550148',
  toNumber: '+14155550901',
  direction: 'INBOUND',
  status: 'MISSED',
  rate: '0.05',
  provider: 'VONAGE',
  sourceId: 'source-1',
  externalUuid: 'external-1',
};

/** The fields that vcita requires for a full update. */
export const VOICE_CALL_WHOLE = {
  ...VOICE_CALL,
  price: '0.10',
  duration: 10,
  callSummary: '',
  externalAppUrl: 'https://example.com',
  externalAppName: '',
  recordingId: '',
};
