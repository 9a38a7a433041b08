import { Field, Int } from 'type-graphql';

/**
 * The options that a command's output type and its input have in common, as field decorators: what an option means
 * is said once. All are nullable; without a value the vendor's own default holds.
 */
const text = (description: string) => () => Field(() => String, { nullable: true, description });
const int = (description: string) => () => Field(() => Int, { nullable: true, description });
const flag = (description: string) => () => Field(() => Boolean, { nullable: true, description });

export const Loop = int('How many times it is repeated; 0 or more.');
export const Timeout = int('How long to wait for input or silence, in seconds; 0 or more.');
export const PauseMilliseconds = int('The pause between repetitions, in milliseconds: 0 to 30000.');
export const Locale = text('The language of the text, e.g. `en-GB`; any is taken. Bird: `en-US` by default.');
export const Voice = text('The voice, e.g. `male`.');
export const EndKey = text('The key that ends it, e.g. `#`.');

export const GatherInput = text('What is collected, e.g. `dtmf`.');
export const MaxNumKeys = int('After how many keys it ends; 0 or more.');
export const Retries = int('How often the prompt is given again; 0 or more.');
export const SpeechLocale = text('The language that is listened for, e.g. `en-US`; any is taken.');

export const MaxLength = int('How long it records at most, in seconds; 0 or more.');
export const Beep = flag('Whether a beep comes first.');
export const Transcribe = flag('Whether the recording is transcribed.');
export const TranscribeLocale = text('The language of the transcription, e.g. `en-US`; any is taken.');

export const BridgeFrom = text('The number that the second party sees.');
export const RingTimeout = int('How long to let it ring, in seconds: 3 to 120. Bird: 30 by default.');
export const MaxDuration = int(
  'How long the bridge lasts at most, in seconds: 1 or more. Bird: 28800 by default.',
);
export const RingTone = text('The ring tone that the caller hears, e.g. `be`.');
export const HangupAfterBridge = flag('Whether the call ends with the bridge.');
export const RecordBridge = flag('Whether the bridge is recorded.');
export const RecordStart = text('From when, e.g. `record-from-answer`, `record-from-ringing`.');
export const RecordStereo = flag('Whether each party has a channel of its own in the recording.');
