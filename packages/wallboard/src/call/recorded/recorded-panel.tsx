import { useQuery } from '@apollo/client/react';
import { Grid, Loader, NativeSelect, Stack, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { graphql } from '../../gql';
import { formatDuration } from '../../ui/duration';
import { VENDOR_NAMES } from '../../ui/vendor-names';
import { words } from '../../ui/words';
import { Notice } from '../notice';
import { Section } from '../section';
import { AudioPlayer } from './audio-player';
import { Transcript } from './transcript';

const RECORDED = graphql(`
  query CallRecorded($id: ID!) {
    call(id: $id) {
      id
      recordings {
        id
        system
        kind
        status
        duration
        format
        createdAt
        url
      }
      transcripts {
        id
        system
        language
        status
        createdAt
        ...TranscriptLines
      }
    }
  }
`);

/** One recording and one transcript, which play along together. Either is there without the other. */
export function RecordedPanel({ callId }: { callId: string }) {
  const { data, error, refetch } = useQuery(RECORDED, { variables: { id: callId } });
  const player = useRef<HTMLAudioElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const [recordingId, setRecordingId] = useState<string | null>(null);
  const [transcriptId, setTranscriptId] = useState<string | null>(null);
  const call = data?.call;
  if (error && call == null) {
    return (
      <Notice color="red" role="alert" title="The recordings could not be read">
        {error.message}
      </Notice>
    );
  }
  if (call == null) return <Loader aria-label="Reading the recordings" />;
  const { recordings, transcripts } = call;
  const recording = recordings.find(({ id }) => id === recordingId) ?? recordings[0];
  const transcript = transcripts.find(({ id }) => id === transcriptId) ?? transcripts[0];
  const seek = (seconds: number) => {
    setAt(seconds);
    if (player.current === null) return;
    player.current.currentTime = seconds;
    // Refused where there is nothing to play: the player says so itself.
    player.current.play().catch(() => {});
  };
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Section title="Recordings">
          {recording === undefined ? (
            <Text size="sm" c="dimmed">
              No vendor has reported a recording.
            </Text>
          ) : (
            <Stack gap="sm">
              <NativeSelect
                label="Recording"
                value={recording.id}
                onChange={({ currentTarget }) => {
                  setRecordingId(currentTarget.value);
                  setAt(null);
                }}
                data={recordings.map(({ id, system, kind, duration, format }) => ({
                  value: id,
                  label: [
                    VENDOR_NAMES[system],
                    words(kind),
                    duration == null ? null : formatDuration(duration),
                    format,
                  ]
                    .filter((part) => part != null)
                    .join(', '),
                }))}
              />
              <AudioPlayer
                key={recording.id}
                recording={recording}
                player={player}
                onTime={setAt}
                onReadAnew={() => refetch()}
              />
            </Stack>
          )}
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Section title="What was said">
          {transcript === undefined ? (
            <Text size="sm" c="dimmed">
              No vendor has reported a transcript.
            </Text>
          ) : (
            <Stack gap="sm">
              <NativeSelect
                label="Transcript"
                maw={360}
                value={transcript.id}
                onChange={({ currentTarget }) => setTranscriptId(currentTarget.value)}
                data={transcripts.map(({ id, system, language, status }) => ({
                  value: id,
                  label: [VENDOR_NAMES[system], language, status].filter((part) => part != null).join(', '),
                }))}
              />
              <Transcript
                key={transcript.id}
                transcript={transcript}
                at={at}
                onSeek={recording?.url == null ? null : seek}
              />
            </Stack>
          )}
        </Section>
      </Grid.Col>
    </Grid>
  );
}
