import { Text } from '@mantine/core';

const LONG = new Intl.DateTimeFormat(undefined, {
  ...{ year: 'numeric', month: 'short', day: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'longOffset' },
});
const SHORT = new Intl.DateTimeFormat(undefined, {
  ...{ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
});
const WITH_YEAR = new Intl.DateTimeFormat(undefined, {
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
});

/** A time in the reader's zone; its offset and the seconds show on hover. */
export function Time({ at }: { at: string | null | undefined }) {
  if (at == null)
    return (
      <Text span c="dimmed">
        –
      </Text>
    );
  const time = new Date(at);
  const isThisYear = time.getFullYear() === new Date().getFullYear();
  return (
    <time dateTime={at} title={LONG.format(time)}>
      {(isThisYear ? SHORT : WITH_YEAR).format(time)}
    </time>
  );
}
