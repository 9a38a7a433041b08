import { Button, Stack, Text } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { Notice } from '../notice';

interface Props {
  recording: { url?: string | null; status?: string | null };
  player: RefObject<HTMLAudioElement | null>;
  /** @param at seconds from the start */
  onTime(at: number): void;
  /** Reads a new URL: one is good for an hour. */
  onReadAnew(): Promise<unknown>;
}

export function AudioPlayer({ recording: { url, status }, player, onTime, onReadAnew }: Props) {
  // Each read of the call signs another URL, and a new one would start the audio over.
  const [source, setSource] = useState(url);
  const [hasFailed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  if (source == null && url != null) setSource(url);
  if (source == null) {
    return (
      <Text size="sm" c="dimmed">
        It cannot be played here: no vendor account that is open is known to have it.
      </Text>
    );
  }
  const tryAgain = async () => {
    await onReadAnew();
    setSource(null);
    setFailed(false);
    setTries(tries + 1);
  };
  return (
    <Stack gap="xs">
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript is beside it */}
      <audio
        key={tries}
        ref={player}
        controls
        preload="metadata"
        src={pathOf(source)}
        aria-label="Audio"
        className="player"
        onTimeUpdate={({ currentTarget }) => onTime(currentTarget.currentTime)}
        onSeeked={({ currentTarget }) => onTime(currentTarget.currentTime)}
        onError={() => setFailed(true)}
      />
      {hasFailed && (
        <Notice color="orange" role="alert" title="It cannot be played now">
          <Stack gap="xs" align="start">
            <Text size="sm">
              The vendor may still make it, or the address has expired.
              {status != null && ` The vendor says: ${status}.`}
            </Text>
            <Button size="compact-sm" variant="default" onClick={tryAgain}>
              Try again
            </Button>
          </Stack>
        </Notice>
      )}
    </Stack>
  );
}

/** The gateway that has answered streams it, also where its public address is another one, as in development. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
