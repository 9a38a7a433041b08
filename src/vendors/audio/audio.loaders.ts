import { rowLoader } from '../../db/loading/batch.js';
import type { AudioQueries } from './audio.queries.js';

export function audioLoaders(queries: AudioQueries) {
  return {
    audioSourceByRecordingId: rowLoader(
      (organization, keys) => queries.sources.execute({ organization, keys }),
      (source) => source.id,
    ),
  };
}
