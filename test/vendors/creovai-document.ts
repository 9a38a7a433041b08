/** The request of Creovai's "Async Metadata API", as its document shows it. */
export const REQUEST = {
  SessionId: 'abc123',
  EventTime: '2018/10/15T09:00:00.000Z',
  Metadata: {
    my_xpath: 'my_xpath_value',
    event_data_xpath: '2018/10/15T09:00:00.000Z',
    customerDataField1: 'someData',
    customerProvidedData: 'customerData',
  },
};

/** Other spellings: those of the document's table, and of the vendor's own clients. */
export const WRITINGS = [
  REQUEST,
  { sessionID: REQUEST.SessionId, eventTime: REQUEST.EventTime, metadata: REQUEST.Metadata },
  { sessionId: REQUEST.SessionId, eventTime: '2018-10-15T09:00:00.000Z', metadata: REQUEST.Metadata },
];

/** The body as an adapter sends it; member names are matched without case. */
export function toRecordCallEvent(body: Record<string, unknown>) {
  const member = (name: string) =>
    Object.entries(body).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const sessionId = member('sessionId');
  return {
    ...(sessionId === undefined ? {} : { target: { sessionId } }),
    eventTime: member('eventTime'),
    metadata: member('metadata'),
  };
}
