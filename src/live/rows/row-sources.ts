import type { Db } from '../../db/database.js';
import { type ChangedDelivery, deliveryChangesQuery } from '../deliveries/delivery-changes.queries.js';
import { isDeliveryFound } from '../deliveries/delivery-match.js';
import { type ChangedEvent, eventChangesQuery } from '../events/event-changes.queries.js';
import { isEventSent } from '../events/event-match.js';
import type { ChangedRow, RowSource } from './changed-row.values.js';
import type { RowInterests, RowKind } from './row-interest.js';

interface Rows {
  deliveries: ChangedDelivery;
  events: ChangedEvent;
}

type Sources = { [Kind in RowKind]: RowSource<Rows[Kind], RowInterests[Kind]> };

/** Another table joins by a line here, and in RowInterests. */
export function rowSources(db: Db): Record<RowKind, RowSource<ChangedRow, object>> {
  const deliveries = deliveryChangesQuery(db);
  const events = eventChangesQuery(db);
  const sources: Sources = {
    deliveries: { changed: (position) => deliveries.execute(position), isFound: isDeliveryFound },
    events: { changed: (position) => events.execute(position), isFound: isEventSent },
  };
  // A handle's kind goes with its interest (RowInterest), which a record of sources does not show.
  return sources as unknown as Record<RowKind, RowSource<ChangedRow, object>>;
}
