import { callFlowLoaders } from './call-flows/call-flow.loaders.js';
import { callFlowQueries } from './call-flows/call-flow.queries.js';
import { CallFlowService } from './call-flows/call-flow.service.js';
import { activeFlowText } from './call-flows/call-flow-columns.queries.js';
import { callLoaders } from './calls/call.loaders.js';
import { callQueries } from './calls/call.queries.js';
import { CallService } from './calls/call.service.js';
import { changeLoaders } from './changes/change.loaders.js';
import { changeQueries } from './changes/change.queries.js';
import type { Config } from './config/config.js';
import type { Account } from './db/connection/account.js';
import type { Database } from './db/database.js';
import { loaderSet } from './db/loading/loader-set.js';
import { callEventLoaders } from './events/call-event.loaders.js';
import { callEventQueries } from './events/call-event.queries.js';
import { CallEventService } from './events/call-event.service.js';
import { CallEventFinder } from './events/call-event-finder.service.js';
import type { EventAdmissions } from './events/event-admissions.service.js';
import { MatchRuleService } from './events/match-rule.service.js';
import type { Consistency } from './graphql/consistency.js';
import type { Context, Loaders, Services } from './graphql/context.js';
import type { LogCursors } from './graphql/log-cursors.js';
import { Reads } from './graphql/reads.js';
import type { Viewer } from './identity/viewer.js';
import { EraseService } from './intake/erase/erase.service.js';
import { IntakeService } from './intake/intake.service.js';
import { MetadataService } from './metadata/metadata.service.js';
import { recordingLoaders } from './recordings/recording.loaders.js';
import { recordingQueries } from './recordings/recording.queries.js';
import { CallStatisticsService } from './statistics/call-statistics.service.js';
import { vendorAccountLoaders } from './vendors/account/vendor-account.loaders.js';
import { vendorAccountQueries } from './vendors/account/vendor-account.queries.js';
import { audioLoaders } from './vendors/audio/audio.loaders.js';
import { audioQueries } from './vendors/audio/audio.queries.js';
import { deliveryLoaders } from './vendors/delivery/delivery.loaders.js';
import { deliveryQueries } from './vendors/delivery/delivery.queries.js';
import { DeliveryService } from './vendors/delivery/delivery.service.js';
import { callImportLoaders } from './vendors/imports/call-import.loaders.js';
import { callImportQueries } from './vendors/imports/call-import.queries.js';
import { CallImportService } from './vendors/imports/call-import.service.js';
import { inboundMessageLoaders } from './vendors/inbound/inbound-message.loaders.js';
import { inboundMessageQueries } from './vendors/inbound/inbound-message.queries.js';
import { InboundMessageService } from './vendors/inbound/inbound-message.service.js';
import { voiceCallLoaders } from './voice-calls/voice-call.loaders.js';
import { voiceCallQueries, voiceCallText } from './voice-calls/voice-call.queries.js';
import { VoiceCallService } from './voice-calls/voice-call.service.js';
import { VoiceCallFinder } from './voice-calls/voice-call-finder.service.js';

/** What each operation of a viewer is given: the services, and loaders of its own. */
export function contextFactory(
  database: Database,
  {
    live,
    admissions,
    vendorAccounts,
    audio,
    publicUrl,
  }: Pick<Services, 'live' | 'vendorAccounts' | 'audio' | 'publicUrl'> & { admissions: EventAdmissions },
  limits: Config,
  cursors: (organization: string) => LogCursors,
  consistency: ((organization: string) => Consistency) | undefined,
): (viewer: Viewer) => Context {
  const calls = callQueries(database.db);
  const voiceCalls = voiceCallQueries(database.db);
  const callFlows = callFlowQueries(database.db);
  const callEvents = callEventQueries(database.db);
  const changes = changeQueries(database.db);
  const deliveries = deliveryQueries(database.db);
  const inboundMessages = inboundMessageQueries(database.db);
  const services: Services = {
    erase: new EraseService(database),
    intake: new IntakeService(admissions),
    calls: new CallService(calls),
    callStatistics: new CallStatisticsService(database.db),
    metadata: new MetadataService(database, limits),
    voiceCalls: new VoiceCallService(database, admissions),
    voiceCallFinder: new VoiceCallFinder(voiceCalls),
    callFlows: new CallFlowService(database),
    callEvents: new CallEventService(database, admissions),
    callEventFinder: new CallEventFinder(callEvents),
    matchRules: new MatchRuleService(database, admissions),
    vendorAccounts,
    deliveries: new DeliveryService(database, deliveries),
    inboundMessages: new InboundMessageService(database, inboundMessages),
    callImports: new CallImportService(database),
    audio,
    live,
    limits,
    publicUrl,
  };
  const LoaderSet = loaderSet({
    ...callLoaders(calls, { voiceCall: voiceCallText, callFlow: activeFlowText }),
    ...voiceCallLoaders(voiceCalls),
    ...callFlowLoaders(callFlows),
    ...callEventLoaders(callEvents),
    ...recordingLoaders(recordingQueries(database.db)),
    ...changeLoaders(changes),
    ...vendorAccountLoaders(vendorAccountQueries(database.db)),
    ...audioLoaders(audioQueries(database.db)),
    ...deliveryLoaders(deliveries),
    ...inboundMessageLoaders(inboundMessages),
    ...callImportLoaders(callImportQueries(database.db)),
  });
  const newLoaders = (account: Account): Loaders => new LoaderSet(account);
  return (viewer) => ({
    viewer,
    services,
    atEnd: [],
    reads: new Reads<Loaders>((requestedFields) => new LoaderSet(viewer.account, requestedFields)),
    logCursors: cursors(viewer.organization.id),
    consistency: consistency?.(viewer.organization.id),
    newLoaders,
  });
}
