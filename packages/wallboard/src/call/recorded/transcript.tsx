import { Checkbox, Text, UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import type { TranscriptLinesFragment } from '../../gql/graphql';
import { formatDuration } from '../../ui/duration';
import { words } from '../../ui/words';
import { lineAt } from './line-at';

const TRANSCRIPT_LINES = graphql(`
  fragment TranscriptLines on CallTranscript {
    id
    summary
    lines {
      start
      end
      speaker
      speakerName
      text
      confidence
    }
  }
`);

interface Props {
  transcript: FragmentType<typeof TRANSCRIPT_LINES>;
  /** Where the audio is, in seconds; null before it plays. */
  at: number | null;
  /** Plays from there; null without audio. */
  onSeek: ((seconds: number) => void) | null;
}

export function Transcript({ transcript: masked, at, onSeek }: Props) {
  const { lines, summary } = getFragmentData(TRANSCRIPT_LINES, masked);
  const list = useRef<HTMLOListElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const [reached, setReached] = useState(0);
  const current = at === null ? -1 : lineAt(lines, at);
  useEffect(() => {
    const line = list.current?.children[current];
    // Only the list scrolls, and the page stays where it is.
    if (isFollowing && line instanceof HTMLElement) showWithin(list.current, line);
  }, [current, isFollowing]);

  const move = (event: KeyboardEvent) => {
    const to = { ArrowDown: reached + 1, ArrowUp: reached - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), lines.length - 1);
    setReached(next);
    list.current?.querySelectorAll<HTMLElement>('.line')[next]?.focus();
  };
  return (
    <>
      {summary != null && (
        <Text size="sm">
          <Text span c="dimmed">
            Summary{' '}
          </Text>
          {summary}
        </Text>
      )}
      {onSeek !== null && (
        <Checkbox
          size="sm"
          label="Follow the audio"
          checked={isFollowing}
          onChange={({ currentTarget }) => setFollowing(currentTarget.checked)}
        />
      )}
      {lines.length === 0 ? (
        <Text size="sm" c="dimmed">
          It has no lines yet.
        </Text>
      ) : (
        <ol className="transcript" ref={list} aria-label="Lines" onKeyDown={move}>
          {withIds(lines).map(({ id, line, index }) => (
            <li key={id}>
              <UnstyledButton
                className="line"
                aria-current={index === current ? 'true' : undefined}
                aria-disabled={onSeek === null || line.start == null}
                tabIndex={index === reached ? 0 : -1}
                onFocus={() => setReached(index)}
                onClick={() => line.start != null && onSeek?.(line.start)}
              >
                <span className="line-time">{line.start == null ? '' : formatDuration(line.start)}</span>
                <span>
                  <Text span size="xs" c="dimmed" display="block">
                    {line.speakerName ?? words(line.speaker)}
                  </Text>
                  <Text span size="sm" className="breaks">
                    {line.text}
                  </Text>
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

type Line = TranscriptLinesFragment['lines'][number];

/** A transcript is replaced as a whole, and its lines have no ids: their places are theirs. */
const withIds = (lines: readonly Line[]): { id: string; line: Line; index: number }[] =>
  lines.map((line, index) => ({ id: `line ${index}`, line, index }));

function showWithin(scroller: HTMLElement | null, line: HTMLElement): void {
  if (scroller === null) return;
  const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight];
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (bottom > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = bottom - scroller.clientHeight;
}
