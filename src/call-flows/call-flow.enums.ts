/** Derived, never stored: only the call's newest flow is ACTIVE. */
export const CALL_FLOW_STATUSES = ['ACTIVE', 'SUPERSEDED'] as const;
export type CallFlowStatus = (typeof CALL_FLOW_STATUSES)[number];

export const CALL_FLOW_COMMAND_STATUSES = ['ACCEPTED', 'RUNNING', 'COMPLETED', 'SKIPPED', 'FAILED'] as const;
export type CallFlowCommandStatus = (typeof CALL_FLOW_COMMAND_STATUSES)[number];

export const CALL_FLOW_COMMAND_NAMES = [
  'ANSWER',
  'HANGUP',
  'PLAYBACK',
  'SAY',
  'GATHER',
  'RECORD',
  'BRIDGE',
  'PAUSE',
  'RINGING',
] as const;
export type CallFlowCommandName = (typeof CALL_FLOW_COMMAND_NAMES)[number];
