/** The value objects of a call as they are stored; a member that was not given is absent or null. */
type Optional<K extends string, V = string> = { [P in K]?: V | null };

export type ContactParts = Optional<'contactId' | 'identifierKey' | 'identifierValue'>;
export type NumberParts = Optional<
  'type' | 'number' | 'callerIdName' | 'identity' | 'countryIsoCode' | 'pstnNumberType'
> &
  Optional<'anonymous', boolean>;
export type ParticipantParts = Optional<'contact', ContactParts> & Optional<'number', NumberParts>;
export type AssistantParts = { assistantId: string } & Optional<'name'>;
export type HangupParts = Optional<'causeCode', number> & Optional<'source' | 'sipCode'>;
/** Amounts are decimal strings. */
export type CostParts = { currency: string } & Optional<'total' | 'llm' | 'tts' | 'stt' | 'telephony'>;
export type AnsweringMachineDetectionParts = Optional<'result' | 'speech' | 'locale'>;
export type QualityParts = Optional<'mos' | 'pdd'>;
export type SipParts = Optional<
  'hangupSipCode' | 'edgeRegion' | 'providerName' | 'userAgent' | 'remoteSignallingIp' | 'remoteMediaIp'
>;
