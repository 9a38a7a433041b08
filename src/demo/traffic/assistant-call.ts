import type { CallReference } from '../../calls/reference/call-reference.type.js';
import { ASSISTANTS } from './company.js';
import { conversation, recordingId, sentimentOf } from './recorded.js';
import { type Story, whole } from './story.js';

interface AssistantCall {
  /** Seconds from the story's begin. */
  begin?: number;
  group?: string;
  /** Another vendor's name for the call, if it was connected with the assistant by that one. */
  connected?: CallReference;
}

/** A call that Burki's assistant answers at once. Returns where it ends, in seconds, and its reference. */
export function assistantCall(
  story: Story,
  { begin = 0, group, connected }: AssistantCall = {},
): { end: number; reference: CallReference } {
  const { random, client } = story;
  const assistant = random.pick(ASSISTANTS);
  const reference: CallReference = { system: 'BURKI', name: 'id', value: story.digits(9) };
  const references = [reference, { system: 'BURKI' as const, name: 'callSid', value: `CA${story.hex(32)}` }];
  const known = { call: { reference } };
  const isFailed = random.chance(0.04) && connected === undefined;
  const talk = isFailed ? story.lasts(4) : story.lasts(130);
  const end = begin + talk;
  if (connected === undefined) story.call(reference, begin, end);
  story.write(begin, {
    kind: 'upsert',
    by: 'Burki',
    input: {
      references: connected === undefined ? references : [connected, ...references],
      direction: 'INBOUND',
      from: client.number,
      to: client.line.number,
      customerNumber: client.number,
      assistant,
      vendorStatus: 'in-progress',
      startedAt: story.at(begin),
      answeredAt: story.at(begin),
      ...(group !== undefined && { groups: [{ kind: 'master', key: group }] }),
    },
  });
  if (isFailed) {
    story.write(end, {
      kind: 'upsert',
      by: 'Burki',
      input: {
        references,
        vendorStatus: 'failed',
        reason: 'pipeline-error',
        endedAt: story.at(end),
        tags: ['failed'],
      },
    });
    return { end, reference };
  }
  const intentAt = begin + talk * 0.3;
  story.write(intentAt, {
    kind: 'merge',
    by: 'CRM',
    input: {
      ...known,
      metadata: {
        intent: story.topic.intent,
        customer: { name: client.name, language: client.line.language },
      },
    },
  });
  story.write(end, {
    kind: 'upsert',
    by: 'Burki',
    input: {
      references,
      vendorStatus: 'completed',
      duration: whole(talk),
      endedAt: story.at(end),
      cost: {
        currency: 'USD',
        total: story.price(talk, 0.15),
        llm: story.price(talk, 0.06),
        tts: story.price(talk, 0.04),
        stt: story.price(talk, 0.03),
        telephony: story.price(talk, 0.02),
      },
      tags: [story.topic.tag],
    },
  });
  story.write(end + story.lasts(3), {
    kind: 'merge',
    by: 'CRM',
    input: { ...known, metadata: { outcome: story.topic.outcome, sentiment: sentimentOf(story) } },
  });
  story.write(end + story.lasts(8), {
    kind: 'upsert',
    by: 'Burki',
    input: {
      references,
      recordings: [
        {
          ...{
            system: 'BURKI',
            vendorId: recordingId(story.digits(6), whole(talk)),
            kind: 'CALL',
            status: 'completed',
            format: 'wav',
          },
          ...{ duration: whole(talk), createdAt: story.at(end) },
        },
      ],
      transcripts: [conversation(story, { system: 'BURKI', length: talk, agent: assistant.name })],
    },
  });
  return { end, reference };
}
