import type { CallReference } from '../../calls/reference/call-reference.type.js';
import { conversation, sentimentOf } from './recorded.js';
import { type Story, whole } from './story.js';

interface Session {
  /** Another vendor's name for the call that is recorded. */
  reference: CallReference;
  /** Seconds from the story's begin. */
  begin: number;
  end: number;
}

/** Creovai records a call of another vendor, and the CRM sends metadata beside it: before the session is known, or late. */
export function recordSession(story: Story, { reference, begin, end }: Session): void {
  const sessionId = story.uuid();
  const session: CallReference = { system: 'CREOVAI', name: 'sessionId', value: sessionId };
  story.write(begin + story.lasts(1), {
    kind: 'event',
    by: 'CRM',
    input: {
      target: { sessionId },
      eventId: story.uuid(),
      eventTime: story.at(begin),
      metadata: { agent: { name: story.staff.name }, queue: queueOf(story) },
    },
  });
  story.write(begin + story.lasts(3), {
    kind: 'upsert',
    by: 'Creovai',
    input: { references: [reference, session] },
  });
  analysis(story, session, begin, end);
}

/** A call that Creovai alone knows, as its recorder reports it. */
export function analysedCall(
  story: Story,
  { group }: { group?: string } = {},
): { end: number; sessionId: string } {
  const { client } = story;
  const sessionId = story.uuid();
  const session: CallReference = { system: 'CREOVAI', name: 'sessionId', value: sessionId };
  const isOutbound = story.random.chance(0.3);
  const [from, to] = isOutbound ? [client.line.number, client.number] : [client.number, client.line.number];
  const end = story.lasts(210);
  story.call(session, 0, end);
  story.write(0, {
    kind: 'upsert',
    by: 'Creovai',
    input: {
      references: [session],
      ...{ from, to, direction: isOutbound ? 'OUTBOUND' : 'INBOUND' },
      ...{ vendorStatus: 'InProgress', startedAt: story.at(0), answeredAt: story.at(0) },
      ...(group !== undefined && { groups: [{ kind: 'master', key: group }] }),
    },
  });
  story.write(end * 0.4, {
    kind: 'event',
    by: 'CRM',
    input: {
      target: { sessionId },
      eventId: story.uuid(),
      eventTime: story.at(0),
      metadata: { agent: { name: story.staff.name }, queue: queueOf(story), customer: { name: client.name } },
    },
  });
  story.write(end, {
    kind: 'upsert',
    by: 'Creovai',
    input: {
      references: [session],
      ...{ vendorStatus: 'Concluded', endedAt: story.at(end), duration: whole(end), tags: [story.topic.tag] },
    },
  });
  analysis(story, session, 0, end);
  return { end, sessionId };
}

function analysis(story: Story, session: CallReference, begin: number, end: number): void {
  const { staff, topic, random } = story;
  story.write(end + story.lasts(12), {
    kind: 'upsert',
    by: 'Creovai',
    input: {
      references: [session],
      transcripts: [conversation(story, { system: 'CREOVAI', length: end - begin, agent: staff.name })],
      metadata: { analysis: { category: topic.tag, sentiment: sentimentOf(story) } },
    },
  });
  if (!random.chance(0.35)) return;
  story.write(end + story.lasts(240), {
    kind: 'event',
    by: 'CRM',
    input: {
      target: { sessionId: session.value },
      eventId: story.uuid(),
      eventTime: story.at(end),
      metadata: { outcome: topic.outcome, ticket: `BW-${story.digits(6)}` },
    },
  });
}

const queueOf = ({ topic }: Story): string =>
  topic.tag === 'emergency' ? 'emergency' : topic.tag === 'billing' ? 'billing' : 'service';
