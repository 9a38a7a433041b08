import { useFragment } from '@apollo/client/react';
import { Text } from '@mantine/core';
import { memo, type ReactNode, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { graphql } from '../gql';
import type { CallRowFragment } from '../gql/graphql';
import { formatDuration } from '../ui/duration';
import { StatusBadge } from '../ui/status-badge';
import { Time } from '../ui/time';
import { VENDOR_NAMES } from '../ui/vendor-names';
import { words } from '../ui/words';

const CALL_ROW = graphql(`
  fragment CallRow on Call {
    id
    status
    direction
    from
    to
    customerNumber
    occurredAt
    duration
    tags
    revision
    references {
      system
    }
    voiceCall {
      id
      staffUid
      handledByStaffUid
    }
    assistant {
      assistantId
      name
    }
    cost {
      total
      currency
    }
  }
`);

/** Their classes in calls.css, and their names. */
export const COLUMNS = {
  ...{ status: 'Status', direction: 'Direction', parties: 'From, to', when: 'When', duration: 'Duration' },
  ...{ vendors: 'Vendors', staff: 'Staff', assistant: 'Assistant', tags: 'Tags', cost: 'Cost' },
};

export interface RowProps {
  id: string;
  /** In the list, from 0. */
  index: number;
  /** Pixels from the top. */
  top: number;
  isActive: boolean;
  /** Takes the focus once it is there. */
  takesFocus: boolean;
  hasEntered: boolean;
  hasLeft: boolean;
}

export const CallRow = memo(function CallRow(props: RowProps) {
  const { id, index, top, isActive, takesFocus, hasEntered, hasLeft } = props;
  const row = useRef<HTMLDivElement>(null);
  // A row that enters is made for that.
  const [isNew] = useState(hasEntered);
  useEffect(() => {
    if (takesFocus) row.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of a hundred thousand rows is made of those in view
    <div
      ref={row}
      role="row"
      aria-rowindex={index + 2}
      tabIndex={isActive ? 0 : -1}
      data-id={id}
      className="calls-row"
      data-entered={isNew || undefined}
      data-left={hasLeft || undefined}
      aria-label={hasLeft ? 'No longer in the list' : undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      <Content id={id} />
    </div>
  );
});

/** Apart from the row, so that it is not drawn anew where the row only moves. */
const Content = memo(function Content({ id }: { id: string }) {
  const { data, complete } = useFragment({ fragment: CALL_ROW, from: { __typename: 'Call', id } });
  const [call, setCall] = useState<CallRowFragment | null>(null);
  // An erased call leaves the cache at once, and the list a moment later.
  if (complete && data !== call) setCall(data);
  if (call === null) return <Cell name="status">…</Cell>;
  const { voiceCall, assistant, tags, cost, revision } = call;
  const systems = [...new Set(call.references.map(({ system }) => VENDOR_NAMES[system]))].join(', ');
  return (
    <>
      <Cell name="status">
        <StatusBadge status={call.status} />
      </Cell>
      <Cell name="direction">{call.direction === 'UNKNOWN' ? NOTHING : words(call.direction)}</Cell>
      <Cell name="parties" title={`From ${call.from ?? 'unknown'} to ${call.to ?? 'unknown'}`}>
        <Link href={`/calls/${call.id}`} tabIndex={-1}>
          <Party number={call.from} customer={call.customerNumber} /> <Arrow />{' '}
          <Party number={call.to} customer={call.customerNumber} />
        </Link>
      </Cell>
      <Cell name="when">
        <Time at={call.occurredAt} />
      </Cell>
      <Cell name="duration">{formatDuration(call.duration)}</Cell>
      <Cell name="vendors">{systems || NOTHING}</Cell>
      <Cell name="staff">{voiceCall?.handledByStaffUid ?? voiceCall?.staffUid ?? NOTHING}</Cell>
      <Cell name="assistant">{assistant?.name ?? assistant?.assistantId ?? NOTHING}</Cell>
      <Cell name="tags" title={tags.join(', ')}>
        {tags.join(', ') || NOTHING}
      </Cell>
      <Cell name="cost">{cost?.total == null ? NOTHING : `${cost.total} ${cost.currency}`}</Cell>
      <Flash revision={revision} />
    </>
  );
});

function Cell({
  name,
  title,
  children,
}: {
  name: keyof typeof COLUMNS;
  title?: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the row
    // biome-ignore lint/a11y/useFocusableInteractive: the row has the focus
    <div role="gridcell" className={`calls-cell calls-${name}`} title={title}>
      {children}
    </div>
  );
}

function Party({
  number,
  customer,
}: {
  number: string | null | undefined;
  customer: string | null | undefined;
}) {
  if (number == null)
    return (
      <Text span c="dimmed" inherit>
        unknown
      </Text>
    );
  return number === customer ? <b>{number}</b> : number;
}

/** Not every font has one. */
const Arrow = () => (
  <svg width="12" height="8" viewBox="0 0 12 8" role="img" aria-label="to">
    <path d="M0 4h11M8 1l3 3-3 3" fill="none" stroke="currentColor" strokeWidth="1.2" />
  </svg>
);

const NOTHING = <span aria-hidden="true">–</span>;

/** A row that has changed lights up softly. Of its opacity alone, so that the browser moves it without drawing the row. */
function Flash({ revision }: { revision: number }) {
  const light = useRef<HTMLSpanElement>(null);
  const before = useRef(revision);
  useEffect(() => {
    if (before.current === revision) return;
    before.current = revision;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    light.current?.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 900, easing: 'ease-out' });
  }, [revision]);
  return <span ref={light} className="calls-flash" data-revision={revision} aria-hidden="true" />;
}
