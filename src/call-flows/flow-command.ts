import type { CallFlowCommandName } from './call-flow.enums.js';

export interface FlowCondition {
  variable: string;
  operator: string;
  value: string;
}

export interface FlowCommand {
  command: CallFlowCommandName;
  conditions: FlowCondition[];
  options: Record<string, unknown>;
}

/** What a command shows that was given, or reported, without the option. */
export const WITHOUT_OPTIONS: Readonly<Partial<Record<CallFlowCommandName, object>>> = {
  ANSWER: { media: [] },
  PLAYBACK: { media: [] },
  SAY: { text: '' },
  PAUSE: { pauseSeconds: 0 },
  BRIDGE: { to: '' },
};
