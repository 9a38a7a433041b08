import { daysOrOff } from '../parsers.js';
import { settings } from '../setting.js';

const MOST = 36_500;

export const retention = settings({
  retainLog: {
    variable: 'RETAIN_LOG',
    default: null as number | null,
    parse: daysOrOff(1, MOST),
    shownDefault: '`off`',
    description: 'Days that changes are kept: the history of calls, and what a cursor can go on from.',
    details: 'The metadata stays, and takes late events as before.',
  },
  retainEvents: {
    variable: 'RETAIN_EVENTS',
    default: null as number | null,
    parse: daysOrOff(1, MOST),
    shownDefault: '`off`',
    description: 'Days that events are kept once they are decided.',
    details: 'What they changed stays.',
  },
  retainCalls: {
    variable: 'RETAIN_CALLS',
    default: null as number | null,
    parse: daysOrOff(1, MOST),
    shownDefault: '`off`',
    description: 'Days that a call is kept after its last change, once it has ended.',
  },
  retainDeliveries: {
    variable: 'RETAIN_DELIVERIES',
    default: null as number | null,
    parse: daysOrOff(1, MOST),
    shownDefault: '`off`',
    description: "Days that deliveries are kept that have ended, and vendors' messages that were processed.",
  },
  retainBodies: {
    variable: 'RETAIN_BODIES',
    default: 30 as number | null,
    parse: daysOrOff(1, MOST),
    description: "Days that the bodies of vendors' messages are kept.",
    details: 'Without its body, a message cannot be replayed.',
  },
  retainKeys: {
    variable: 'RETAIN_KEYS',
    default: 30 as number | null,
    parse: daysOrOff(1, MOST),
    description: 'Days that an `idempotencyKey` is kept.',
  },
});
