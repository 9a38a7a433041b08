import type { CallFlowCommandName } from './call-flow.enums.js';

/** What a command shows that was given, or reported, without the option. */
export const WITHOUT_OPTIONS: Readonly<Partial<Record<CallFlowCommandName, object>>> = {
  ANSWER: { media: [] },
  PLAYBACK: { media: [] },
  SAY: { text: '' },
  PAUSE: { pauseSeconds: 0 },
  BRIDGE: { to: '' },
};
