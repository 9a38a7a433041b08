import { Alert, Button, Loader, Skeleton, Text } from '@mantine/core';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useLocation } from 'wouter';
import { type LiveList, LONGEST_LIST } from './call-list';
import { CallRow, COLUMNS } from './call-row';
import { useShownRows } from './shown-rows';
import { useIsSmall } from './small';

/** Pixels, as calls.css has them. */
const HEAD = 36;
const ROW = { small: 64, wide: 40 };
/** Rows before the end at which the next page is read. */
const AHEAD = 60;
const SKELETONS = 12;

export interface CallTableProps {
  list: LiveList;
  total: number | null;
  isNewestFirst: boolean;
  /** Shown in place of the rows if there are none. */
  empty: ReactNode;
}

/** A table of which only the rows in view are there. While the reader points at it, is in it or has scrolled, no row moves. */
export function CallTable({ list, total, isNewestFirst, empty }: CallTableProps) {
  const { ids: live, key, hasNextPage, isLoading, error, loadMore, readAnew } = list;
  const [, navigate] = useLocation();
  const isSmall = useIsSmall();
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [isScrolled, setScrolled] = useState(list.offset > 0);
  const isHeld = isPointedAt || isFocused || isScrolled;
  const { rows, release } = useShownRows({ key, ids: live, isNewestFirst }, isHeld);
  const { ids, left, entered, held } = rows;

  const [activeId, setActiveId] = useState<string | null>(null);
  const [takesFocus, setTakesFocus] = useState(false);
  const activeIndex = Math.max(0, activeId === null ? 0 : ids.indexOf(activeId));

  const grid = useRef<HTMLDivElement>(null);
  const height = isSmall ? ROW.small : ROW.wide;
  const top = isSmall ? 0 : HEAD;
  const skeletons = key === null || (hasNextPage && ids.length > 0) ? SKELETONS : 0;
  const virtualizer = useVirtualizer({
    count: ids.length + skeletons,
    getScrollElement: () => grid.current,
    estimateSize: () => height,
    overscan: 8,
    scrollPaddingStart: top,
    initialOffset: list.offset,
    // The row in focus stays, wherever one scrolls.
    rangeExtractor: (range) => {
      const inView = defaultRangeExtractor(range);
      const isMissing = isFocused && activeIndex < ids.length && !inView.includes(activeIndex);
      return isMissing ? [...inView, activeIndex].sort((one, other) => one - other) : inView;
    },
  });
  // The heights of rows follow from the width alone.
  useLayoutEffect(() => virtualizer.measure(), [height]);

  const end = virtualizer.range?.endIndex ?? 0;
  useEffect(() => {
    const isNearEnd = hasNextPage && end >= live.length - AHEAD;
    if (key !== null && !isLoading && error === null && isNearEnd) loadMore();
  });

  const shownKey = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (shownKey.current === rows.key || grid.current === null) return;
    const isFirst = shownKey.current === null;
    shownKey.current = rows.key;
    setActiveId(null);
    grid.current.scrollTop = isFirst ? list.offset : 0;
    setScrolled(grid.current.scrollTop > 0);
  });
  useEffect(() => {
    // What came in by itself is not kept for good.
    if (!isHeld && isNewestFirst && live.length > LONGEST_LIST) readAnew();
  }, [isHeld, isNewestFirst, live.length, readAnew]);

  const showNews = (event: MouseEvent) => {
    release();
    if (list.waiting > 0) readAnew();
    grid.current?.scrollTo({ top: 0 });
    setActiveId(null);
    // By the keyboard: the button goes, and the focus needs a place.
    setTakesFocus(event.detail === 0);
  };

  const moveTo = (index: number) => {
    const next = Math.min(ids.length - 1, Math.max(0, index));
    virtualizer.scrollToIndex(next);
    setActiveId(ids[next] ?? null);
    setTakesFocus(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(((grid.current?.clientHeight ?? 0) - top) / height) - 1);
    const steps: Record<string, number> = {
      ...{ ArrowDown: activeIndex + 1, ArrowUp: activeIndex - 1 },
      ...{ PageDown: activeIndex + page, PageUp: activeIndex - page, Home: 0, End: ids.length - 1 },
    };
    const index = steps[event.key];
    if (index !== undefined) {
      event.preventDefault();
      moveTo(index);
    } else if (event.key === 'Enter') {
      const id = ids[activeIndex];
      if (id !== undefined) navigate(`/calls/${id}`);
    } else if (event.key === 'Escape') (document.activeElement as HTMLElement | null)?.blur();
  };

  const open = (event: MouseEvent<HTMLElement>) => {
    const id = (event.target as Element).closest<HTMLElement>('[data-id]')?.dataset.id;
    // A link opens itself, where the reader wants it, and text that was chosen is to be copied.
    const isElsewhere = (event.target as Element).closest('a') !== null;
    if (id === undefined || isElsewhere || window.getSelection()?.toString()) return;
    navigate(`/calls/${id}`);
  };

  const news = held + list.waiting;
  return (
    <div className="calls-area">
      <div className="calls-said">
        <Text inherit c="dimmed">
          {total === null ? ' ' : `${total.toLocaleString()} ${total === 1 ? 'call' : 'calls'}`}
        </Text>
        <div aria-live="polite">
          {news > 0 && (
            <Button size="compact-sm" variant="light" onClick={showNews}>
              {`${news.toLocaleString()} ${isNewestFirst ? 'new' : 'newer'} ${news === 1 ? 'call' : 'calls'}${isNewestFirst ? '' : ': show'}`}
            </Button>
          )}
        </div>
        {isLoading && key !== null && <Loader size="xs" aria-label="Loading" />}
      </div>
      {error && ids.length > 0 && (
        <Alert color="red" role="alert" mb="xs" p="xs" title={error.message}>
          <Button size="compact-sm" onClick={readAnew}>
            Try again
          </Button>
        </Alert>
      )}
      <div className="calls-frame">
        {/* biome-ignore lint/a11y/useSemanticElements: a table of a hundred thousand rows is made of those in view */}
        <div
          ref={grid}
          role="grid"
          aria-label="Calls"
          aria-rowcount={total === null ? -1 : total + 1}
          aria-busy={isLoading}
          className="calls-grid"
          tabIndex={ids.length === 0 ? 0 : -1}
          onPointerEnter={() => setPointedAt(true)}
          onPointerLeave={() => setPointedAt(false)}
          onFocus={(event) => {
            const id = (event.target as HTMLElement).closest<HTMLElement>('[data-id]')?.dataset.id;
            if (id === undefined) return;
            setFocused(true);
            setActiveId(id);
            setTakesFocus(false);
          }}
          onBlur={({ currentTarget, relatedTarget }) => {
            if (!currentTarget.contains(relatedTarget)) setFocused(false);
          }}
          onScroll={({ currentTarget: { scrollTop } }) => {
            setScrolled(scrollTop > 0);
            list.keepOffset(scrollTop);
          }}
          onKeyDown={onKeyDown}
          onClick={open}
        >
          {/* biome-ignore lint/a11y/useSemanticElements: as above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: the rows have the focus */}
          <div role="row" aria-rowindex={1} className="calls-head">
            {Object.entries(COLUMNS).map(([column, name]) => (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div role="columnheader" key={column} className={`calls-cell calls-${column}`}>
                {name}
              </div>
            ))}
          </div>
          <div
            role={ids.length > 0 ? 'rowgroup' : undefined}
            className="calls-body"
            style={{ height: error && ids.length === 0 ? 0 : virtualizer.getTotalSize() }}
          >
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const id = ids[index];
              return id === undefined ? (
                <div
                  key={index}
                  aria-hidden
                  className="calls-waiting"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <Skeleton height={12} radius="xl" />
                </div>
              ) : (
                <CallRow
                  key={id}
                  {...{ id, index, top: start }}
                  isActive={index === activeIndex}
                  takesFocus={takesFocus && index === activeIndex}
                  hasEntered={entered.has(id)}
                  hasLeft={left.has(id)}
                />
              );
            })}
          </div>
        </div>
        {ids.length === 0 && key !== null && !isLoading && !hasNextPage && error === null && (
          <div className="calls-over">{empty}</div>
        )}
        {error && ids.length === 0 && (
          <div className="calls-over">
            <Alert color="red" role="alert" title="The calls could not be read">
              <p>{error.message}</p>
              <Button onClick={readAnew}>Try again</Button>
            </Alert>
          </div>
        )}
      </div>
    </div>
  );
}
