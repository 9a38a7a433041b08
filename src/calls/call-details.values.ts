type Optional<K extends string, V = string> = { [P in K]?: V | null };

export type ContactDetails = Optional<'contactId' | 'identifierKey' | 'identifierValue'>;
export type NumberDetails = Optional<
  'type' | 'number' | 'callerIdName' | 'identity' | 'countryIsoCode' | 'pstnNumberType'
> &
  Optional<'anonymous', boolean>;
export type ParticipantDetails = Optional<'contact', ContactDetails> & Optional<'number', NumberDetails>;
export type AssistantDetails = { assistantId: string } & Optional<'name'>;
export type HangupDetails = Optional<'causeCode', number> & Optional<'source' | 'sipCode'>;
/** Amounts are decimal strings. */
export type CostDetails = { currency: string } & Optional<'total' | 'llm' | 'tts' | 'stt' | 'telephony'>;
export type AnsweringMachineDetectionDetails = Optional<'result' | 'speech' | 'locale'>;
export type QualityDetails = Optional<'mos' | 'pdd'>;
export type SipDetails = Optional<
  'hangupSipCode' | 'edgeRegion' | 'providerName' | 'userAgent' | 'remoteSignallingIp' | 'remoteMediaIp'
>;
