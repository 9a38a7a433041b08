import type { Logger } from 'pino';
import type { ReplicaFigures } from '../db/replicas/replicas.js';

export const replicaWatch =
  (log: Logger) =>
  ({ name: replica, state, lag }: ReplicaFigures, before: string | undefined): void => {
    if (state !== 'ok') log.warn({ replica, state, lag }, 'no query reads from this replica');
    // A warning, like the loss, so that a log of warnings shows the end of it.
    else if (before !== undefined) log.warn({ replica }, 'queries read from this replica again');
    else log.info({ replica }, 'queries read from this replica');
  };
