/**
 * The example values of vcita's documentation "Update a VoiceCall". external_app_name and recording_id have no
 * example there; these have the same form.
 */
export const EXAMPLE = {
  staff_uid: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
  client_uid: 'd290f1ee-6c54-4b01-90e6-d701748f0851',
  from_number: '+14155550148',
  to_number: '+14155550901',
  direction: 'INBOUND',
  status: 'MISSED',
  rate: '0.05',
  price: '1.50',
  provider: 'VONAGE',
  source_id: 'call-src-001',
  duration: 120,
  call_summary: 'Client called to ask about their account balance',
  external_app_url: 'https://example.com/call-details',
  external_app_name: 'Example Telephony',
  recording_id: 'rec-001',
  external_uuid: 'ext-call-001',
};

/** All sixteen required fields of UpdateVoiceCallInput. */
export const VOICE_CALL = {
  staffUid: EXAMPLE.staff_uid,
  clientUid: EXAMPLE.client_uid,
  fromNumber: EXAMPLE.from_number,
  toNumber: EXAMPLE.to_number,
  direction: EXAMPLE.direction,
  status: EXAMPLE.status,
  rate: EXAMPLE.rate,
  price: EXAMPLE.price,
  provider: EXAMPLE.provider,
  sourceId: EXAMPLE.source_id,
  duration: EXAMPLE.duration as number | null,
  callSummary: EXAMPLE.call_summary,
  externalAppUrl: EXAMPLE.external_app_url,
  externalAppName: EXAMPLE.external_app_name,
  recordingId: EXAMPLE.recording_id,
  externalUuid: EXAMPLE.external_uuid,
};

export const OTHER_STAFF = 'a1b2c3d4-0000-4b01-90e6-d701748f0851';
