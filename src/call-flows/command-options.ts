import { Field, Int } from 'type-graphql';

/** Shared by output and input types, so that each description exists once. Null leaves the vendor's default. */
const text = (description: string) => () => Field(() => String, { nullable: true, description });
const int = (description: string) => () => Field(() => Int, { nullable: true, description });
const flag = (description: string) => () => Field(() => Boolean, { nullable: true, description });

export const Loop = int('The number of repetitions; 0 or more.');
export const Timeout = int('How long to wait for input or silence, in seconds; 0 or more.');
export const PauseMilliseconds = int('The pause between repetitions, in milliseconds: 0 to 30000.');
export const Locale = text(
  'The language of the text, e.g. `en-GB`; any value is accepted. Bird: `en-US` by default.',
);
export const Voice = text('The voice, e.g. `male`.');
export const EndKey = text('The key that ends the input, e.g. `#`.');

export const GatherInput = text('The kind of input, e.g. `dtmf`.');
export const MaxNumKeys = int('The largest number of keys to collect; 0 or more.');
export const Retries = int('How often to repeat the prompt; 0 or more.');
export const SpeechLocale = text('The language of speech recognition, e.g. `en-US`; any value is accepted.');

export const MaxLength = int('The maximum length of the recording, in seconds; 0 or more.');
export const Beep = flag('Whether a beep precedes the recording.');
export const Transcribe = flag('Whether the recording is transcribed.');
export const TranscribeLocale = text(
  'The language of the transcription, e.g. `en-US`; any value is accepted.',
);

export const BridgeFrom = text('The number that the second party sees.');
export const RingTimeout = int('How long to let it ring, in seconds: 3 to 120. Bird: 30 by default.');
export const MaxDuration = int(
  'The maximum duration of the bridge, in seconds; 1 or more. Bird: 28800 by default.',
);
export const RingTone = text('The ring tone that the caller hears, e.g. `be`.');
export const HangupAfterBridge = flag('Whether the call ends with the bridge.');
export const RecordBridge = flag('Whether the bridge is recorded.');
export const RecordStart = text(
  'When the recording starts, e.g. `record-from-answer`, `record-from-ringing`.',
);
export const RecordStereo = flag('Whether each party has its own channel in the recording.');
