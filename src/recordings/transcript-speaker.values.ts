import { spelling } from '../foundation/spelling.js';
import type { TranscriptSpeaker } from './recording.enums.js';

/** The words of Burki, Bird, vcita and Creovai; keys as `spelling` gives them. */
const WORDS: Readonly<Record<string, TranscriptSpeaker>> = {
  user: 'CUSTOMER',
  human: 'CUSTOMER',
  client: 'CUSTOMER',
  customer: 'CUSTOMER',
  external: 'CUSTOMER',
  caller: 'CUSTOMER',
  contact: 'CUSTOMER',
  assistant: 'AGENT',
  bot: 'AGENT',
  ai: 'AGENT',
  staff: 'AGENT',
  agent: 'AGENT',
  internal: 'AGENT',
  system: 'SYSTEM',
  tool: 'SYSTEM',
};

/** Who speaks, by a vendor's word; UNKNOWN for a word that no vendor documents. */
export function speakerOf(word: string | null | undefined): TranscriptSpeaker {
  const key = spelling(word ?? '');
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'UNKNOWN') : 'UNKNOWN';
}
