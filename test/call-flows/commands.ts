const CONDITIONS = [
  { variable: 'keys', operator: 'eq', value: '1' },
  { variable: 'language', operator: 'ne', value: 'en' },
];
const MEDIA = ['https://example.com/a.mp3', 'https://example.com/b.mp3'];

/** The input and the output of a command; they differ where defaults apply. */
function entry(name: string, options: object, output: object = {}) {
  return {
    input: { [name]: options },
    output: { command: name.toUpperCase(), conditions: [], ...options, ...output },
  };
}

/** Every command with all options at their bounds, and without options. */
export const EVERY_COMMAND = [
  entry('answer', { conditions: CONDITIONS, media: MEDIA, loop: 0, timeout: 0 }),
  entry('answer', {}, { media: [], loop: null, timeout: null }),
  entry('answer', { media: [] }, { loop: null, timeout: null }),
  entry('ringing', { conditions: CONDITIONS }),
  entry(
    'hangup',
    { conditions: [{ variable: 'keys', value: '2' }] },
    {
      conditions: [{ variable: 'keys', operator: 'eq', value: '2' }],
    },
  ),
  entry('pause', { conditions: CONDITIONS, pauseSeconds: 1 }),
  entry('playback', { conditions: CONDITIONS, media: MEDIA, loop: 3, timeout: 5, pauseMilliseconds: 30_000 }),
  entry(
    'playback',
    { media: new Array(20).fill('m') },
    { loop: null, timeout: null, pauseMilliseconds: null },
  ),
  entry('playback', { media: ['m'], pauseMilliseconds: 0 }, { loop: null, timeout: null }),
  entry('say', {
    conditions: CONDITIONS,
    text: 'Hé, “hello” 👋',
    locale: 'xx-Unknown',
    voice: 'male',
    loop: 2,
    timeout: 1,
  }),
  entry('say', { text: 's' }, { locale: null, voice: null, loop: null, timeout: null }),
  entry(
    'gather',
    {
      conditions: CONDITIONS,
      input: 'dtmf',
      maxNumKeys: 0,
      endKey: '#',
      timeout: 10,
      retries: 0,
      speechLocale: 'en-US',
      say: { text: 'Press a key', locale: 'cy-GB', voice: 'female' },
    },
    { playback: null },
  ),
  entry(
    'gather',
    { playback: { media: MEDIA } },
    {
      input: null,
      maxNumKeys: null,
      endKey: null,
      timeout: null,
      retries: null,
      speechLocale: null,
      say: null,
    },
  ),
  entry('record', {
    conditions: CONDITIONS,
    endKey: '*',
    maxLength: 0,
    timeout: 3,
    beep: false,
    transcribe: true,
    transcribeLocale: 'pt-PT',
  }),
  entry('bridge', {
    conditions: CONDITIONS,
    to: 'sip:sales@example.com',
    from: '+14155550148',
    ringTimeout: 3,
    maxDuration: 1,
    ringTone: 'be',
    hangupAfterBridge: false,
    record: true,
    recordStart: 'record-from-ringing',
    recordStereo: true,
  }),
  entry(
    'bridge',
    { to: '+14155550901', ringTimeout: 120 },
    {
      from: null,
      maxDuration: null,
      ringTone: null,
      hangupAfterBridge: null,
      record: null,
      recordStart: null,
      recordStereo: null,
    },
  ),
];

const refused = (path: string, command: object) => ({ path, command });
const many = (length: number) => Array.from({ length }, () => ({ variable: 'keys', value: '1' }));

/** One option just out of its range each, and its path in the command. */
export const REFUSED = [
  refused('answer.loop', { answer: { loop: -1 } }),
  refused('answer.timeout', { answer: { timeout: -1 } }),
  refused('answer.media.0', { answer: { media: [''] } }),
  refused('ringing.conditions', { ringing: { conditions: many(21) } }),
  refused('hangup.conditions', { hangup: { conditions: many(21) } }),
  refused('pause.pauseSeconds', { pause: { pauseSeconds: -1 } }),
  refused('playback.media', { playback: { media: [] } }),
  refused('playback.media', { playback: { media: new Array(21).fill('m') } }),
  refused('playback.media.1', { playback: { media: ['m', ''] } }),
  refused('playback.pauseMilliseconds', { playback: { media: ['m'], pauseMilliseconds: 30_001 } }),
  refused('playback.pauseMilliseconds', { playback: { media: ['m'], pauseMilliseconds: -1 } }),
  refused('playback.loop', { playback: { media: ['m'], loop: -1 } }),
  refused('playback.timeout', { playback: { media: ['m'], timeout: -1 } }),
  refused('say.text', { say: { text: '' } }),
  refused('say.loop', { say: { text: 'a', loop: -1 } }),
  refused('say.timeout', { say: { text: 'a', timeout: -1 } }),
  refused('gather', { gather: { say: { text: 'a' }, playback: { media: ['m'] } } }),
  refused('gather.say.text', { gather: { say: { text: '' } } }),
  refused('gather.playback.media', { gather: { playback: { media: [] } } }),
  refused('gather.maxNumKeys', { gather: { maxNumKeys: -1 } }),
  refused('gather.retries', { gather: { retries: -1 } }),
  refused('gather.timeout', { gather: { timeout: -1 } }),
  refused('record.maxLength', { record: { maxLength: -1 } }),
  refused('record.timeout', { record: { timeout: -1 } }),
  refused('bridge.to', { bridge: { to: '' } }),
  refused('bridge.ringTimeout', { bridge: { to: 'x', ringTimeout: 2 } }),
  refused('bridge.ringTimeout', { bridge: { to: 'x', ringTimeout: 121 } }),
  refused('bridge.maxDuration', { bridge: { to: 'x', maxDuration: 0 } }),
];
