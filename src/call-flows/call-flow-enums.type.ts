import { publishEnum } from '../graphql/publish-enum.js';
import type { CallFlowCommandName, CallFlowCommandStatus, CallFlowStatus } from './call-flow.enums.js';

export const CallFlowStatusEnum = publishEnum<CallFlowStatus>(
  'CallFlowStatus',
  'Whether a flow is active. Only the newest flow of a call is ACTIVE.',
  {
    ACTIVE: 'The current flow.',
    SUPERSEDED: 'Replaced by a newer flow; still readable.',
  },
);

export const CallFlowCommandStatusEnum = publishEnum<CallFlowCommandStatus>(
  'CallFlowCommandStatus',
  'The progress of a command, as recordCallFlowProgress reports it.',
  {
    ACCEPTED: 'Accepted but not started; the initial status. Bird: `accepted`.',
    RUNNING: 'Being executed.',
    COMPLETED: 'Executed completely.',
    SKIPPED: 'Not executed, because one of its conditions did not hold or the flow ended before it.',
    FAILED: 'Started and failed.',
  },
);

export const CallFlowCommandNameEnum = publishEnum<CallFlowCommandName>(
  'CallFlowCommandName',
  'Which command a step is. Bird: `command`.',
  {
    ANSWER: 'Answers the call: AnswerCommand.',
    HANGUP: 'Hangs up: HangupCommand.',
    PLAYBACK: 'Plays audio files: PlaybackCommand.',
    SAY: 'Speaks a text: SayCommand.',
    GATHER: 'Collects key presses: GatherCommand.',
    RECORD: 'Records the caller: RecordCommand.',
    BRIDGE: 'Connects a second party: BridgeCommand.',
    PAUSE: 'Waits: PauseCommand.',
    RINGING: 'Plays a ringing tone to the caller: RingingCommand.',
  },
);
