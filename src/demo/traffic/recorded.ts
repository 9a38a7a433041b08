import type { CallSystem } from '../../calls/call.enums.js';
import type { CallTranscriptInput } from '../../recordings/recording.input.js';
import { GREETING, VOICEMAILS } from './conversations.js';
import type { Story } from './story.js';
import type { Given } from './write.js';

interface Talk {
  system: CallSystem;
  /** Seconds. */
  length: number;
  agent: string;
}

/** Seconds. */
export const LONGEST_RECORDING = 600;

/** An id from which the simulated vendor knows how long the recording is. */
export const recordingId = (digits: string, seconds: number): string =>
  `${digits}${String(Math.min(seconds, LONGEST_RECORDING)).padStart(4, '0')}`;

export const lengthOfRecording = (id: string): number => Number(id.slice(-4));

/** The topic's conversation, spread over the talk by how long its lines are. */
export function conversation(story: Story, { system, length, agent }: Talk): Given<CallTranscriptInput> {
  const spoken = [`> ${GREETING}`, ...story.topic.lines];
  const characters = spoken.reduce((sum, line) => sum + line.length, 0);
  let start = 0;
  return {
    system,
    vendorId: story.uuid(),
    status: 'completed',
    language: story.client.line.language,
    summary: story.say(story.topic.summary),
    lines: spoken.map((line) => {
      const end = start + (line.length / characters) * length;
      const isClient = line.startsWith('<');
      const spokenLine = {
        start: tenths(start),
        end: tenths(end - 0.1 * (end - start)),
        speaker: isClient ? ('CUSTOMER' as const) : ('AGENT' as const),
        speakerName: isClient ? story.client.name : agent,
        text: story.say(line.slice(2)),
        confidence: Number((0.86 + 0.13 * story.random.unit()).toFixed(2)),
      };
      start = end;
      return spokenLine;
    }),
  };
}

export function voicemail(story: Story, system: CallSystem, length: number): Given<CallTranscriptInput> {
  const text = story.say(story.random.pick(VOICEMAILS));
  return {
    system,
    vendorId: story.uuid(),
    status: 'completed',
    language: story.client.line.language,
    lines: [{ start: 0, end: tenths(length), speaker: 'CUSTOMER', speakerName: story.client.name, text }],
  };
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

export const sentimentOf = ({ topic, random }: Story): string =>
  random.weighted(
    topic.tag === 'complaint'
      ? { negative: 7, neutral: 2, positive: 1 }
      : { negative: 1, neutral: 5, positive: 4 },
  );
