import { analysedCall, recordSession } from './analysed-call.js';
import { assistantCall } from './assistant-call.js';
import { menuCall, reminderCall } from './flow-call.js';
import { Random } from './random.js';
import { bookedCall, type StaffOutcome, staffCall } from './staff-call.js';
import { Story, type StoryOptions } from './story.js';

/** How often each kind of story comes, how many calls it has, and how it goes. */
const KINDS = {
  assistant: { weight: 28, calls: 1, tell: (story: Story) => void assistantCall(story) },
  assistantToStaff: { weight: 5, calls: 2, tell: assistantToStaff },
  menu: { weight: 18, calls: 1, tell: (story: Story) => menuCall(story) },
  menuToStaff: { weight: 8, calls: 2, tell: menuToStaff },
  menuToAssistant: { weight: 3, calls: 1, tell: menuToAssistant },
  reminder: { weight: 11, calls: 1, tell: reminderCall },
  staff: { weight: 17, calls: 1, tell: staffAlone },
  missedAndHandled: { weight: 3, calls: 2, tell: missedAndHandled },
  calledAgain: { weight: 2, calls: 2, tell: calledAgain },
  analysed: { weight: 8, calls: 1, tell: analysedAlone },
} satisfies Record<string, { weight: number; calls: number; tell(story: Story): void }>;

type Kind = keyof typeof KINDS;

const WEIGHTS = Object.fromEntries(
  Object.entries(KINDS).map(([kind, { weight }]) => [kind, weight]),
) as Record<Kind, number>;

const kindOf = (seed: number, index: number): Kind => new Random('kind', seed, index).weighted(WEIGHTS);

/** The rule by which events find a call that they do not name. */
export const RULE = {
  name: 'Ticket by phone number',
  metadataPath: ['phone'],
  callField: 'CUSTOMER_NUMBER',
  windowMinutes: 60,
} as const;

export function storyOf(options: StoryOptions, kind: Kind = kindOf(options.seed, options.index)): Story {
  const story = new Story(options);
  KINDS[kind].tell(story);
  if (story.random.chance(0.02)) strayEvent(story);
  return story;
}

/** The stories that have so many calls together. */
export function planCalls(seed: number, calls: number): { stories: number; kindOf(index: number): Kind } {
  let stories = 0;
  let left = calls;
  for (; left > 0; stories += 1) left -= KINDS[kindOf(seed, stories)].calls;
  const last = stories - 1;
  return { stories, kindOf: (index) => (left < 0 && index === last ? 'assistant' : kindOf(seed, index)) };
}

const FIRST_HOUR = 7;
/** How busy each hour is, from the first on; of UTC. */
const BUSY = [2, 6, 11, 14, 11, 6, 6, 10, 13, 10, 6, 3, 2];
const ALL = BUSY.reduce((sum, weight) => sum + weight, 0);
const HOUR = 3_600_000;

/** Where in the day a share of its stories has begun; milliseconds. The share is from 0 to 1. */
export function timeOfDay(share: number): number {
  let left = share * ALL;
  for (const [index, weight] of BUSY.entries()) {
    if (left < weight) return (FIRST_HOUR + index + left / weight) * HOUR;
    left -= weight;
  }
  return (FIRST_HOUR + BUSY.length) * HOUR;
}

/** The stories of a day in the order of their begin. `day` is a date, as 2026-01-31. */
export function* storiesOfDay({
  seed,
  day,
  calls,
}: {
  seed: number;
  day: string;
  calls: number;
}): Generator<Story> {
  const plan = planCalls(seed, calls);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  for (let index = 0; index < plan.stories; index += 1) {
    const share = (index + new Random('begin', seed, index).unit()) / plan.stories;
    const begin = new Date(midnight + timeOfDay(share));
    yield storyOf({ seed, day, index, begin, speed: 1 }, plan.kindOf(index));
  }
}

function assistantToStaff(story: Story): void {
  const group = story.uuid();
  const { end, reference: parent } = assistantCall(story, { group });
  staffCall(story, {
    begin: end + story.lasts(1),
    parent,
    group: { kind: 'master', key: group },
    isRecorded: story.random.chance(0.4),
  });
}

function menuToStaff(story: Story): void {
  const isRecorded = story.random.chance(0.4);
  menuCall(story, (begin, { parent, leg, group }) => {
    return staffCall(story, { begin, parent, references: [leg], group, isRecorded }).end;
  });
}

/** A call that all four vendors know: from Bird's menu to Burki's assistant, recorded by Creovai, and in vcita's books. */
function menuToAssistant(story: Story): void {
  menuCall(story, (begin, { parent: reference }) => {
    const { end } = assistantCall(story, { begin, connected: reference });
    recordSession(story, { reference, begin, end });
    bookedCall(story, { reference, begin, end });
    return end;
  });
}

function staffAlone(story: Story): void {
  const isOutbound = story.random.chance(0.35);
  const outcome: StaffOutcome = isOutbound
    ? story.random.weighted({ answered: 80, missed: 20 })
    : story.random.weighted({ answered: 62, missed: 12, voicemail: 16, provider: 10 });
  staffCall(story, {
    outcome,
    direction: isOutbound ? 'OUTBOUND' : 'INBOUND',
    isRecorded: outcome === 'answered' && story.random.chance(0.35),
  });
}

/** A missed call, and the call back. */
function missedAndHandled(story: Story): void {
  const group = { kind: 'case', key: `BW-${story.digits(6)}` };
  const missed = staffCall(story, { outcome: 'missed', group });
  const back = staffCall(story, { begin: missed.end + story.lasts(420), direction: 'OUTBOUND', group });
  story.write(back.end, {
    kind: 'patch',
    by: 'vcita',
    input: {
      voiceCall: { call: { reference: missed.reference } },
      input: { status: 'MISSED_CALL_HANDLED', handledByStaffUid: story.staff.staffUid },
    },
  });
}

/** A client calls twice, and a ticket is about one of both calls: somebody has to decide about which. */
function calledAgain(story: Story): void {
  const first = assistantCall(story);
  const again = staffCall(story, { begin: first.end + story.lasts(90) });
  ticketEvent(story, again.end + story.lasts(5));
}

function analysedAlone(story: Story): void {
  const group = story.random.chance(0.25) ? story.uuid() : undefined;
  const { end } = analysedCall(story, { ...(group !== undefined && { group }) });
  if (group === undefined) return;
  story.write(end + story.lasts(30), {
    kind: 'event',
    by: 'CRM',
    input: {
      target: { group: { kind: 'master', key: group } },
      eventId: story.uuid(),
      eventTime: story.at(end),
      metadata: { survey: { score: story.random.integer(1, 5) } },
    },
  });
}

function ticketEvent(story: Story, at: number): void {
  story.write(at, {
    kind: 'event',
    by: 'CRM',
    input: {
      eventId: story.uuid(),
      eventTime: story.at(at),
      metadata: { phone: story.client.number, ticket: `BW-${story.digits(6)}`, outcome: story.topic.outcome },
    },
  });
}

/** An event that waits: for a session that never comes, or for a number that is not the client's. */
function strayEvent(story: Story): void {
  const at = story.lasts(60);
  if (story.random.chance(0.4)) {
    ticketEvent(story, at);
    return;
  }
  story.write(at, {
    kind: 'event',
    by: 'CRM',
    input: {
      target: { sessionId: story.uuid() },
      eventId: story.uuid(),
      eventTime: story.at(at),
      metadata: { agent: { name: story.staff.name }, note: story.say(story.topic.summary) },
    },
  });
}
