import type { Account } from '../db/connection/account.js';
import { listLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import type { RecordingRow, TranscriptRow } from '../db/tables/recordings.js';
import type { RecordingQueries } from './recording.queries.js';

export function recordingLoaders({ recordings, transcripts }: RecordingQueries) {
  const whole = transcriptLoaders(transcripts.whole);
  const small = transcriptLoaders(transcripts.small);
  /** Lines may be long: they are read only if a field asks for them. */
  const transcriptsFor = (fields: RequestedFields) => ((fields?.has('lines') ?? true) ? whole : small);
  return {
    recordingById: rowLoader<RecordingRow>(
      (organization, keys) => recordings.byIds.execute({ organization, keys }),
      (recording) => recording.id,
    ),
    recordingsByCallId: listLoader<RecordingRow>(
      (organization, keys) => recordings.byCallIds.execute({ organization, keys }),
      (recording) => recording.callId,
    ),
    transcriptById: (account: Account, fields: RequestedFields) => transcriptsFor(fields).byId(account),
    transcriptsByCallId: (account: Account, fields: RequestedFields) =>
      transcriptsFor(fields).byCallId(account),
  };
}

function transcriptLoaders({ byIds, byCallIds }: RecordingQueries['transcripts']['whole']) {
  return {
    byId: rowLoader<TranscriptRow>(
      (organization, keys) => byIds.execute({ organization, keys }),
      (transcript) => transcript.id,
    ),
    byCallId: listLoader<TranscriptRow>(
      (organization, keys) => byCallIds.execute({ organization, keys }),
      (transcript) => transcript.callId,
    ),
  };
}
