import { describe, expect, it } from 'vitest';
import { checkFlowCommands, toFlowCommands } from '../../src/call-flows/call-flow-command.checks.js';
import type { CallFlowCommandInput } from '../../src/call-flows/call-flow-command.input.js';
import { execute, SUFFIX, UUID } from '../graphql-server/execution/fake-context.js';

/** As a client writes them; the other members are absent. */
const commands = (...list: object[]) => list as CallFlowCommandInput[];
const check = (...list: object[]) => checkFlowCommands(commands(...list), ['commands']);
const condition = { variable: 'keys', operator: 'eq', value: '1' };
const many = (count: number, item: unknown) => new Array(count).fill(item);

describe('a command', () => {
  it.each([
    { answer: {} },
    { answer: { media: [], loop: 0, timeout: 0 } },
    { answer: { media: ['a'], conditions: many(20, condition) } },
    { ringing: {} },
    { hangup: { conditions: null } },
    { pause: { pauseSeconds: 1 } },
    { playback: { media: many(20, 'a'), pauseMilliseconds: 30_000, loop: null } },
    { playback: { media: ['a'], pauseMilliseconds: 0 } },
    { say: { text: 'Hello', locale: 'tlh-KX', voice: 'any' } },
    { gather: {} },
    { gather: { say: { text: 'Press 1' }, maxNumKeys: 0, retries: 0, timeout: 0 } },
    { gather: { playback: { media: ['a'] }, say: null } },
    { record: { maxLength: 0, beep: true } },
    { bridge: { to: 'sip:a@b', ringTimeout: 3, maxDuration: 1 } },
    { bridge: { to: '+1', ringTimeout: 120 } },
  ])('may be %j', (command) => {
    expect(check(command)).toEqual([]);
  });

  it.each([
    [{ answer: { media: [''] } }, 'answer.media.0'],
    [{ answer: { media: many(21, 'a') } }, 'answer.media'],
    [{ answer: { loop: -1 } }, 'answer.loop'],
    [{ answer: { timeout: -1 } }, 'answer.timeout'],
    [{ ringing: { conditions: many(21, condition) } }, 'ringing.conditions'],
    [{ pause: { pauseSeconds: -1 } }, 'pause.pauseSeconds'],
    [{ playback: { media: [] } }, 'playback.media'],
    [{ playback: { media: many(21, 'a') } }, 'playback.media'],
    [{ playback: { media: ['a', ''] } }, 'playback.media.1'],
    [{ playback: { media: ['a'], pauseMilliseconds: 30_001 } }, 'playback.pauseMilliseconds'],
    [{ playback: { media: ['a'], pauseMilliseconds: -1 } }, 'playback.pauseMilliseconds'],
    [{ say: { text: '' } }, 'say.text'],
    [{ say: { text: 'a', loop: -1 } }, 'say.loop'],
    [{ gather: { say: { text: 'a' }, playback: { media: ['a'] } } }, 'gather'],
    [{ gather: { say: { text: '' } } }, 'gather.say.text'],
    [{ gather: { playback: { media: [] } } }, 'gather.playback.media'],
    [{ gather: { maxNumKeys: -1 } }, 'gather.maxNumKeys'],
    [{ gather: { retries: -1 } }, 'gather.retries'],
    [{ record: { maxLength: -1 } }, 'record.maxLength'],
    [{ record: { timeout: -1 } }, 'record.timeout'],
    [{ bridge: { to: '' } }, 'bridge.to'],
    [{ bridge: { to: '+1', ringTimeout: 2 } }, 'bridge.ringTimeout'],
    [{ bridge: { to: '+1', ringTimeout: 121 } }, 'bridge.ringTimeout'],
    [{ bridge: { to: '+1', maxDuration: 0 } }, 'bridge.maxDuration'],
  ])('may not be %j', (command, place) => {
    const found = check({ hangup: {} }, command).map(({ code, path }) => [code, path?.join('.')]);
    expect(found).toEqual([['INVALID', `commands.1.${place}`]]);
  });

  it('is stored under its name, without what was not given', () => {
    const given = commands(
      { gather: { say: { text: 'Press 1', locale: null }, timeout: 0, endKey: null } },
      { say: { text: 'Hi', conditions: [condition] } },
      { ringing: { conditions: null } },
      { answer: { media: [] } },
    );
    expect(toFlowCommands(given)).toEqual([
      { command: 'GATHER', conditions: [], options: { say: { text: 'Press 1' }, timeout: 0 } },
      { command: 'SAY', conditions: [condition], options: { text: 'Hi' } },
      { command: 'RINGING', conditions: [], options: {} },
      { command: 'ANSWER', conditions: [], options: { media: [] } },
    ]);
  });
});

describe('a flow', () => {
  it.each([0, 21])('does not have %i commands', (count) => {
    expect(check(...many(count, { hangup: {} }))).toMatchObject([{ code: 'INVALID', path: ['commands'] }]);
  });

  it('has 1 to 20', () => {
    expect(check({ hangup: {} })).toEqual([]);
    expect(check(...many(20, { hangup: {} }))).toEqual([]);
  });
});

describe('replaceCallFlow', () => {
  const mutation = (args: string) =>
    `mutation { replaceCallFlow(call: { id: "call_${SUFFIX}" } ${args}) { callFlow { id } errors { code path } } }`;

  it('passes errors of the commands to the service, because a known key is checked first', async () => {
    const given: unknown[] = [];
    const replace = async (_viewer: never, ...rest: never[]) => {
      given.push(...rest);
      return { callFlow: { id: UUID, callId: UUID }, call: { id: UUID } };
    };
    const answer = await execute(
      mutation('commands: [{ pause: { pauseSeconds: -1 } }] idempotencyKey: "k"'),
      {
        services: { callFlows: { replace } },
      },
    );
    expect(answer.data.replaceCallFlow).toEqual({ callFlow: { id: `call_flow_${SUFFIX}` }, errors: [] });
    expect(given.slice(0, 3)).toEqual([
      { path: ['call'], label: `id call_${SUFFIX}`, id: UUID },
      [{ command: 'PAUSE', conditions: [], options: { pauseSeconds: -1 } }],
      {
        expectedFlowRevision: null,
        idempotencyKey: 'k',
        invalid: [
          {
            code: 'INVALID',
            message: 'pauseSeconds must be 0 or more seconds, not -1.',
            path: ['commands', '0', 'pause', 'pauseSeconds'],
          },
        ],
      },
    ]);
  });

  it.each(['', 'a\\u0000', 'a'.repeat(256)])('refuses the key "%s" before it is looked up', async (key) => {
    const answer = await execute(mutation(`commands: [{ hangup: {} }] idempotencyKey: "${key}"`));
    expect(answer.data.replaceCallFlow.errors).toEqual([{ code: 'INVALID', path: ['idempotencyKey'] }]);
  });

  it.each(['{}', '{ hangup: {}, answer: {} }', '{ hangup: null }'])(
    'refuses %s, which has not exactly one member',
    async (command) => {
      expect((await execute(mutation(`commands: [${command}]`))).errors).toHaveLength(1);
    },
  );
});

describe('recordCallFlowProgress', () => {
  const mutation = `mutation ($flow: ID!, $commands: [CallFlowProgressInput!]!) {
    recordCallFlowProgress(callFlow: $flow, commands: $commands) { callFlow { id } errors { code path } }
  }`;
  const flow = `call_flow_${SUFFIX}`;
  const command = { id: `call_flow_command_${SUFFIX}`, status: 'RUNNING' };

  it.each([
    [{ flow: `call_${SUFFIX}`, commands: [command] }, 'callFlow'],
    [{ flow, commands: many(21, command) }, 'commands'],
    [{ flow, commands: [{ ...command, id: flow }] }, 'commands.0.id'],
    [{ flow, commands: [command, command] }, 'commands.1.id'],
    [{ flow, commands: [{ ...command, vendorId: '\0' }] }, 'commands.0.vendorId'],
  ])('refuses %j', async (variables, place) => {
    const { data } = await execute(mutation, {}, variables);
    expect(data.recordCallFlowProgress).toEqual({
      callFlow: null,
      errors: [{ code: 'INVALID', path: place.split('.') }],
    });
  });

  it('hands the service uuids', async () => {
    let given: unknown[] = [];
    const recordProgress = async (_viewer: never, ...rest: never[]) => {
      given = rest;
      return { id: UUID, callId: UUID };
    };
    const fakes = { services: { callFlows: { recordProgress } } };
    await execute(mutation, fakes, { flow, commands: [command] });
    expect(given).toEqual([
      { id: UUID, label: flow },
      null,
      [{ id: UUID, label: command.id, status: 'RUNNING', vendorId: undefined }],
    ]);
  });
});
