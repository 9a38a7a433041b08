/** Burki's documentation "Update Call Metadata": its examples, word for word. */
export const REQUEST_BODY = {
  customer_id: 'cust_abc123',
  ticket_id: 'TICKET-456',
  campaign: 'spring_outreach_2024',
  outcome: 'appointment_scheduled',
  custom_field: 'any_value',
};

export const REQUEST_EXAMPLE = { customer_id: 'cust_abc123', outcome: 'appointment_scheduled' };

export const RESPONSE = {
  id: 101,
  call_sid: 'CAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  assistant_id: 123,
  assistant_name: 'ServiceBot',
  to_phone_number: '+15551234567',
  customer_phone_number: '+15559876543',
  status: 'completed',
  duration: 180,
  started_at: '2024-01-15T10:00:00Z',
  ended_at: '2024-01-15T10:03:00Z',
  call_meta: { customer_id: 'cust_abc123', outcome: 'appointment_scheduled' },
  total_cost: 0.05,
  llm_cost: 0.02,
  tts_cost: 0.01,
  stt_cost: 0.01,
  telephony_cost: 0.01,
  cost_currency: 'USD',
};

/** The examples in Python and JavaScript, with values for their variables. */
export const CUSTOMER_INFO = {
  customer_id: 'cust_abc123',
  customer_name: 'Ada Example',
  tagged_at: '2024-01-15T10:00:00Z',
};
export const OUTCOME = { outcome: 'sale', outcome_recorded_at: '2024-01-15T10:00:00Z' };
export const OUTCOME_NOTES = { ...OUTCOME, outcome: 'callback_requested', outcome_notes: 'after 17:00' };
export const CAMPAIGN = {
  campaign_id: 'spring_outreach_2024',
  traffic_source: 'newsletter',
  attributed_at: '2024-01-15T10:05:00.000Z',
};
export const WEBHOOK = { crm_customer_id: 'crm-77', account_type: 'business', lifetime_value: 1250.5 };
