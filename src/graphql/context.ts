import type { callFlowLoaders } from '../call-flows/call-flow.loaders.js';
import type { CallFlowService } from '../call-flows/call-flow.service.js';
import type { callLoaders } from '../calls/call.loaders.js';
import type { CallService } from '../calls/call.service.js';
import type { changeLoaders } from '../changes/change.loaders.js';
import type { LogPosition } from '../changes/change.queries.js';
import type { Account } from '../db/account.js';
import type { Asked, LoadersOf } from '../db/loader-set.js';
import type { callEventLoaders } from '../events/call-event.loaders.js';
import type { CallEventService } from '../events/call-event.service.js';
import type { CallEventFinder } from '../events/call-event-finder.service.js';
import type { MatchRuleService } from '../events/match-rule.service.js';
import type { Viewer } from '../identity/viewer.js';
import type { IntakeService } from '../intake/intake.service.js';
import type { Subscription } from '../live/audience.js';
import type { LiveService } from '../live/live.service.js';
import type { MetadataService } from '../metadata/metadata.service.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { voiceCallLoaders } from '../voice-calls/voice-call.loaders.js';
import type { VoiceCallService } from '../voice-calls/voice-call.service.js';
import type { VoiceCallFinder } from '../voice-calls/voice-call-finder.service.js';
import type { LogCursors } from './log-cursors.js';
import type { Seen } from './seen.js';

/** One set for the whole gateway; each method is told who asks. */
export interface Services {
  intake: IntakeService;
  calls: CallService;
  metadata: MetadataService;
  voiceCalls: VoiceCallService;
  voiceCallFinder: VoiceCallFinder;
  callFlows: CallFlowService;
  callEvents: CallEventService;
  callEventFinder: CallEventFinder;
  matchRules: MatchRuleService;
  live: LiveService;
  limits: MetadataLimits;
}

/** One set a request (for mutations, one for each of its fields), all of the viewer's organization; a field reads through these and in no other way. */
export type Loaders = LoadersOf<
  ReturnType<typeof callLoaders> &
    ReturnType<typeof voiceCallLoaders> &
    ReturnType<typeof callFlowLoaders> &
    ReturnType<typeof callEventLoaders> &
    ReturnType<typeof changeLoaders>
>;

/** What resolvers work with. They run for a signed-in viewer only: anonymous requests end before the execution. */
export interface Context {
  viewer: Viewer;
  services: Services;
  loaders: Loaders;
  /** The cursors of the organization's log. */
  logCursors: LogCursors;
  /** What is asked for beside this field; null where it is not known. */
  asked: Asked;
  /** Loaders that have read nothing yet; of what is asked for, where that is known, and on the viewer's account, if on no other. */
  newLoaders(asked?: Asked, account?: Account): Loaders;
  /** Where the log ended before anything of this request was read; for requests that ask for it. */
  end?: LogPosition;
  stream?: Stream;
  /** What the operation may cost, once that is known. */
  cost?: number;
  seen?: Seen | undefined;
}

/** A transport on which answers may follow one another. */
export interface Stream {
  /** Whether it is for reading only, as HTTP has it for GET. */
  isReadOnly: boolean;
  /** Is set where the request was a subscription, and nothing was wrong with it. */
  subscription: Subscription | null;
}

/** A request whose token, if it has one, is nobody's: it may introspect, and nothing else. */
export interface AnonymousContext {
  viewer: null;
  stream?: Stream;
  cost?: number;
  seen?: Seen | undefined;
}
