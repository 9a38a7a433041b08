import type { CallFlowCommandName } from '../../call-flows/call-flow.enums.js';
import type { CallFlowCommandInput } from '../../call-flows/call-flow-command.input.js';
import type { CallReference } from '../../calls/reference/call-reference.type.js';
import type { UpsertCallInput } from '../../intake/upsert/upsert-call.input.js';
import { WORKSPACE } from './company.js';
import { REMINDER } from './conversations.js';
import type { Story } from './story.js';
import type { Given } from './write.js';

type Command = Given<CallFlowCommandInput>;
type Progress = 'accepted' | 'running' | 'completed' | 'skipped';

const VOICE = 'en-GB-Standard-A';

const MENU: readonly Command[] = [
  { ringing: {} },
  { answer: {} },
  { say: { text: 'Welcome to Brightwater Heating and Plumbing.', locale: 'en-GB', voice: VOICE } },
  {
    gather: {
      ...{ input: 'keys', maxNumKeys: 1, timeout: 8, retries: 2 },
      say: { text: 'For an appointment press 1. For anything else stay on the line.', locale: 'en-GB' },
    },
  },
];

type Outcome = 'completed' | 'no-answer' | 'busy' | 'canceled' | 'failed';

interface Ending {
  vendorStatus: Outcome;
  causeCode: number;
  source: string;
  sipCode: string;
}

const ENDINGS: Record<Outcome, Omit<Ending, 'vendorStatus'>> = {
  completed: { causeCode: 16, source: 'callee', sipCode: '200' },
  'no-answer': { causeCode: 19, source: 'carrier', sipCode: '480' },
  busy: { causeCode: 17, source: 'callee', sipCode: '486' },
  canceled: { causeCode: 16, source: 'caller', sipCode: '487' },
  failed: { causeCode: 38, source: 'carrier', sipCode: '503' },
};

/** A call with what Bird reports of it, and with a flow of commands that Bird carries out. */
class FlowCall {
  readonly reference: CallReference;
  readonly #story: Story;
  readonly #channelId: string;
  readonly #flows: { vendorId: string; ids: string[]; names: CallFlowCommandName[] }[] = [];

  constructor(story: Story) {
    this.#story = story;
    this.#channelId = story.client.line.channelId;
    this.reference = { system: 'BIRD', name: 'id', value: story.uuid() };
  }

  /** A new flow; its progress is reported from now on. */
  flow(commands: readonly Command[]): void {
    const names = commands.map((command) => Object.keys(command)[0]?.toUpperCase() as CallFlowCommandName);
    const ids = commands.map(() => this.#story.uuid());
    this.#flows.push({ vendorId: this.#story.uuid(), ids, names });
  }

  /** What Bird reports at this second. `progress` is that of the first commands of the newest flow; others are accepted. */
  report(seconds: number, values: Given<UpsertCallInput>, progress: readonly Progress[] = []): void {
    const flow = this.#flows.at(-1);
    this.#story.write(seconds, {
      kind: 'upsert',
      by: 'Bird',
      input: {
        references: [this.reference],
        ...{ workspaceId: WORKSPACE, channelId: this.#channelId, vendorUpdatedAt: this.#story.at(seconds) },
        ...values,
        ...(flow !== undefined && {
          vendorCallFlow: {
            vendorId: flow.vendorId,
            commands: flow.names.map((command, index) => ({
              ...{ vendorId: flow.ids[index] ?? null, command, status: progress[index] ?? 'accepted' },
            })),
          },
        }),
      },
    });
  }

  end(seconds: number, outcome: Outcome, talk: number, progress: readonly Progress[] = []): void {
    const { random, client, topic } = this.#story;
    this.report(
      seconds,
      {
        vendorStatus: outcome,
        duration: Math.round(talk),
        endedAt: this.#story.at(seconds),
        hangup: ENDINGS[outcome],
        cost: {
          ...{
            currency: 'EUR',
            total: this.#story.price(talk, 0.012),
            telephony: this.#story.price(talk, 0.012),
          },
        },
        ...(talk > 0 && {
          quality: { mos: (3.6 + 0.9 * random.unit()).toFixed(1), pdd: String(random.integer(300, 2_400)) },
          tags: [topic.tag],
        }),
        sip: {
          hangupSipCode: ENDINGS[outcome].sipCode,
          edgeRegion: client.line.country === 'US' ? 'us1' : 'eu1',
        },
      },
      progress,
    );
  }
}

interface Bridged {
  parent: CallReference;
  /** Bird's name of the other leg. */
  leg: CallReference;
  group: { kind: string; key: string };
}

/** What a caller is connected with, from this second on. Returns where that ends, in seconds. */
export type Connect = (begin: number, bridged: Bridged) => number;

/** An inbound call with a menu; with `connect`, it is bridged to a member of the staff. */
export function menuCall(story: Story, connect?: Connect): void {
  const { client, random } = story;
  const call = new FlowCall(story);
  const rings = story.lasts(4);
  const answers = rings + story.lasts(2);
  const from = {
    type: 'pstn',
    number: client.number,
    callerIdName: client.name,
    countryIsoCode: client.line.country,
  };
  call.flow(MENU);
  call.report(0, {
    ...{
      direction: 'INBOUND',
      from: client.number,
      to: client.line.number,
      type: 'pstn',
      vendorStatus: 'starting',
    },
    originator: { contact: { contactId: client.clientUid }, number: from },
    receiver: { number: { type: 'pstn', number: client.line.number, countryIsoCode: client.line.country } },
    ...{ vendorCreatedAt: story.at(0), callFlow: [...MENU] },
  });
  call.report(story.lasts(0.5, 0.1), { vendorStatus: 'ringing', ringingAt: story.at(0) }, ['running']);
  const outcome: Outcome =
    connect === undefined
      ? random.weighted({ completed: 80, canceled: 12, failed: 4, 'no-answer': 4 })
      : 'completed';
  if (outcome !== 'completed') {
    const end = rings + story.lasts(6);
    story.call(call.reference, 0, end);
    call.end(end, outcome, 0, ['completed', 'skipped', 'skipped', 'skipped']);
    return;
  }
  const times = { startedAt: story.at(answers), answeredAt: story.at(answers) };
  call.report(answers, { vendorStatus: 'ongoing', ...times }, ['completed', 'completed', 'running']);
  const chosen = answers + story.lasts(11);
  call.report(chosen, {}, ['completed', 'completed', 'completed', 'running']);
  const done: Progress[] = ['completed', 'completed', 'completed', 'completed'];
  if (connect === undefined) {
    const end = chosen + story.lasts(35);
    story.call(call.reference, 0, end);
    call.end(end, 'completed', end - answers, done);
    return;
  }
  const group = { kind: 'master', key: story.uuid() };
  const bridges = chosen + story.lasts(6);
  const leg: CallReference = { system: 'BIRD', name: 'id', value: story.uuid() };
  const commands: Command[] = [
    { say: { text: `I connect you with ${story.staff.name}.`, locale: 'en-GB', voice: VOICE } },
    {
      bridge: {
        to: client.line.number,
        from: client.number,
        ringTimeout: 30,
        hangupAfterBridge: true,
        record: true,
      },
    },
  ];
  call.report(bridges, { groups: [group] }, done);
  story.write(bridges, {
    kind: 'flow',
    by: 'CRM',
    input: { call: { reference: call.reference }, commands, idempotencyKey: story.uuid() },
  });
  call.flow(commands);
  const connects = bridges + story.lasts(3);
  call.report(bridges + story.lasts(0.5, 0.1), {}, ['running']);
  call.report(connects, {}, ['completed', 'running']);
  const end = connect(connects, { parent: call.reference, leg, group }) + story.lasts(1);
  story.call(call.reference, 0, end);
  call.end(end, 'completed', end - answers, ['completed', 'completed']);
}

/** An outbound call that reads out a reminder, and is hung up here once the client has confirmed. */
export function reminderCall(story: Story): void {
  const { client, random } = story;
  const call = new FlowCall(story);
  const commands: Command[] = [
    { say: { text: story.say(REMINDER), locale: client.line.language, voice: VOICE, loop: 2 } },
    { gather: { input: 'keys', maxNumKeys: 1, timeout: 10 } },
    { hangup: {} },
  ];
  const dials = story.lasts(20, 0.2);
  const rings = dials + story.lasts(2);
  call.flow(commands);
  call.report(0, {
    ...{
      direction: 'OUTBOUND',
      from: client.line.number,
      to: client.number,
      type: 'pstn',
      vendorStatus: 'accepted',
    },
    receiver: { contact: { contactId: client.clientUid }, number: { type: 'pstn', number: client.number } },
    ...{
      scheduledFor: story.at(dials),
      vendorCreatedAt: story.at(0),
      callFlow: commands,
      tags: ['reminder'],
    },
  });
  call.report(dials, { vendorStatus: 'starting' });
  call.report(rings, { vendorStatus: 'ringing', ringingAt: story.at(rings) });
  const outcome = random.weighted({ completed: 62, 'no-answer': 24, busy: 9, failed: 5 });
  const answers = rings + (outcome === 'no-answer' ? story.lasts(28, 0.1) : story.lasts(8));
  if (outcome !== 'completed') {
    story.call(call.reference, 0, answers);
    call.end(answers, outcome, 0, ['skipped', 'skipped', 'skipped']);
    return;
  }
  const result = random.chance(0.15) ? 'machine' : 'human';
  call.report(
    answers,
    {
      ...{ vendorStatus: 'ongoing', startedAt: story.at(answers), answeredAt: story.at(answers) },
      answeringMachineDetection: { result },
    },
    ['running'],
  );
  const chosen = answers + story.lasts(14);
  call.report(chosen, {}, ['completed', 'running']);
  const end = chosen + story.lasts(4);
  const ended = end + story.lasts(1);
  story.call(call.reference, 0, ended);
  story.write(end, {
    kind: 'merge',
    by: 'CRM',
    input: { call: { reference: call.reference }, metadata: { reminder: { confirmed: result === 'human' } } },
  });
  if (random.chance(0.3)) {
    story.write(end, { kind: 'hangUp', by: 'CRM', input: { call: { reference: call.reference } } });
  }
  call.end(ended, 'completed', ended - answers, ['completed', 'completed', 'completed']);
}
