import type { callFlowLoaders } from '../call-flows/call-flow.loaders.js';
import type { CallFlowService } from '../call-flows/call-flow.service.js';
import type { callLoaders } from '../calls/call.loaders.js';
import type { CallService } from '../calls/call.service.js';
import type { changeLoaders } from '../changes/change.loaders.js';
import type { LogPosition } from '../changes/change.queries.js';
import type { Account } from '../db/connection/account.js';
import type { LoadersOf } from '../db/loading/loader-set.js';
import type { callEventLoaders } from '../events/call-event.loaders.js';
import type { CallEventService } from '../events/call-event.service.js';
import type { CallEventFinder } from '../events/call-event-finder.service.js';
import type { MatchRuleService } from '../events/match-rule.service.js';
import type { Viewer } from '../identity/viewer.js';
import type { EraseService } from '../intake/erase/erase.service.js';
import type { IntakeService } from '../intake/intake.service.js';
import type { LiveService } from '../live/live.service.js';
import type { AnyHandle } from '../live/subscription-handle.js';
import type { MetadataService } from '../metadata/metadata.service.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { recordingLoaders } from '../recordings/recording.loaders.js';
import type { CallStatisticsService } from '../statistics/call-statistics.service.js';
import type { vendorAccountLoaders } from '../vendors/account/vendor-account.loaders.js';
import type { VendorAccountService } from '../vendors/account/vendor-account.service.js';
import type { audioLoaders } from '../vendors/audio/audio.loaders.js';
import type { RecordingAudio } from '../vendors/audio/recording-audio.service.js';
import type { deliveryLoaders } from '../vendors/delivery/delivery.loaders.js';
import type { DeliveryService } from '../vendors/delivery/delivery.service.js';
import type { callImportLoaders } from '../vendors/imports/call-import.loaders.js';
import type { CallImportService } from '../vendors/imports/call-import.service.js';
import type { inboundMessageLoaders } from '../vendors/inbound/inbound-message.loaders.js';
import type { InboundMessageService } from '../vendors/inbound/inbound-message.service.js';
import type { voiceCallLoaders } from '../voice-calls/voice-call.loaders.js';
import type { VoiceCallService } from '../voice-calls/voice-call.service.js';
import type { VoiceCallFinder } from '../voice-calls/voice-call-finder.service.js';
import type { Consistency } from './consistency.js';
import type { LogCursors } from './log-cursors.js';
import type { Reads } from './reads.js';
import type { RequestRecord } from './request-record.js';

export interface Services {
  erase: EraseService;
  intake: IntakeService;
  calls: CallService;
  callStatistics: CallStatisticsService;
  metadata: MetadataService;
  voiceCalls: VoiceCallService;
  voiceCallFinder: VoiceCallFinder;
  callFlows: CallFlowService;
  callEvents: CallEventService;
  callEventFinder: CallEventFinder;
  matchRules: MatchRuleService;
  vendorAccounts: VendorAccountService;
  deliveries: DeliveryService;
  inboundMessages: InboundMessageService;
  callImports: CallImportService;
  audio: RecordingAudio;
  live: LiveService;
  limits: MetadataLimits;
  /** Where browsers reach the gateway, without a slash at its end. */
  publicUrl(): string;
}

export type Loaders = LoadersOf<
  ReturnType<typeof callLoaders> &
    ReturnType<typeof voiceCallLoaders> &
    ReturnType<typeof callFlowLoaders> &
    ReturnType<typeof callEventLoaders> &
    ReturnType<typeof recordingLoaders> &
    ReturnType<typeof changeLoaders> &
    ReturnType<typeof vendorAccountLoaders> &
    ReturnType<typeof audioLoaders> &
    ReturnType<typeof deliveryLoaders> &
    ReturnType<typeof inboundMessageLoaders> &
    ReturnType<typeof callImportLoaders>
>;

export interface Context {
  viewer: Viewer;
  services: Services;
  readonly reads: Reads<Loaders>;
  logCursors: LogCursors;
  /** Only with replicas. */
  consistency?: Consistency | undefined;
  newLoaders(account: Account): Loaders;
  end?: LogPosition;
  stream?: Stream;
  cost?: number;
  /** What the only field of a compiled mutation has resolved to. */
  resolved?: { value?: unknown };
  /** All copies that Apollo Server makes of the context share this list. */
  readonly atEnd: (() => void)[];
  requestRecord?: RequestRecord | undefined;
}

export interface Stream {
  isReadOnly: boolean;
  subscription: AnyHandle | null;
}

export interface AnonymousContext {
  viewer: null;
  stream?: Stream;
  cost?: number;
  requestRecord?: RequestRecord | undefined;
}

export function endOperation(context: Context | AnonymousContext | undefined): void {
  if (context?.viewer) for (const callback of context.atEnd) callback();
}
