import { publishEnum } from '../graphql/publish-enum.js';
import type { CallFlowCommandName, CallFlowCommandStatus, CallFlowStatus } from './call-flow.enums.js';

export const CallFlowStatusEnum = publishEnum<CallFlowStatus>(
  'CallFlowStatus',
  'Whether a flow is the one in force. Of the flows of one call exactly the newest is ACTIVE.',
  {
    ACTIVE: 'The flow in force.',
    SUPERSEDED: 'A newer flow has replaced it; it stays readable.',
  },
);

export const CallFlowCommandStatusEnum = publishEnum<CallFlowCommandStatus>(
  'CallFlowCommandStatus',
  'How far a command has come, as the vendor reports it through recordCallFlowProgress.',
  {
    ACCEPTED: 'Taken, not begun: every command starts so. Bird: `accepted`.',
    RUNNING: 'Being executed.',
    COMPLETED: 'Executed to its end.',
    SKIPPED: 'Not executed, because one of its conditions did not hold or the flow ended before it.',
    FAILED: 'Begun and failed.',
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
    RINGING: 'Lets the caller hear ringing: RingingCommand.',
  },
);
