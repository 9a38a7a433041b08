import { Badge, Center, Drawer, Group, Loader, Stack, Text } from '@mantine/core';
import { Time } from '../../ui/time';
import { ToneBadge } from '../../ui/tone-badge';
import { words } from '../../ui/words';
import { Arrow } from '../arrow';
import { JsonBlock } from '../json-block';
import { Notice } from '../notice';
import { pathText, valueText } from './member-text';
import { isSame, type Json, type Path, valueAt } from './merge-patch';
import { type PatchChange, usePatches } from './use-patches';
import { explained, type Step } from './why';

interface Props {
  callId: string;
  metadata: Json;
  revision: number;
  /** What is asked about; null closes it. */
  path: Path | null;
  onClose(): void;
}

export const Why = ({ path, onClose, ...call }: Props) => (
  <Drawer
    opened={path !== null}
    onClose={onClose}
    position="right"
    size="lg"
    title={path === null ? '' : `Why is ${pathText(path)} so?`}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {path !== null && <Explanation {...call} path={path} />}
  </Drawer>
);

function Explanation({ callId, metadata, revision, path }: Omit<Props, 'path' | 'onClose'> & { path: Path }) {
  const { patches, prunedAt, problem } = usePatches(callId, revision);
  if (problem !== null) {
    return (
      <Notice color="red" role="alert" title="The history could not be read">
        {problem}
      </Notice>
    );
  }
  if (patches === null) {
    return (
      <Center mih={120}>
        <Loader aria-label="Reading the history" />
      </Center>
    );
  }
  const steps = explained(patches, path);
  const value = valueAt(metadata, path);
  const deciding = steps.find(({ isDeciding }) => isDeciding);
  return (
    <Stack gap="md">
      <Text size="sm">
        It is <strong className="breaks">{valueText(value)}</strong>
        {deciding === undefined ? '.' : <Because step={deciding} />}
      </Text>
      {!isSame(steps.at(-1)?.after, value) && (
        <Notice color="orange" title="It is changing right now">
          The patches that were read make another value than the one shown.
        </Notice>
      )}
      <Text size="sm" c="dimmed">
        The metadata is all patches, applied in the order in which they count, whenever they came. These name
        this place, the last to count first:
      </Text>
      {prunedAt !== null && (
        <Text size="sm" c="dimmed">
          Changes until <Time at={prunedAt} /> are no longer kept. Of their patches there is what still
          counts: what they overrode themselves is not shown.
        </Text>
      )}
      <ol className="why">
        {steps.toReversed().map((step) => (
          <WhyStep key={step.patch.id} step={step} />
        ))}
      </ol>
    </Stack>
  );
}

const Because = ({ step: { patch, before } }: { step: Step<PatchChange> }) => (
  <>
    {', because '}
    {sourceOf(patch)} set it. That counts as of <Time at={patch.effectiveAt} />
    {before === undefined ? ', and nothing was there before.' : ` and overrode ${valueText(before)}.`}
  </>
);

function WhyStep({ step: { patch, before, after, isDeciding, isLate } }: { step: Step<PatchChange> }) {
  const isWithoutEffect = isSame(before, after);
  return (
    <li data-deciding={isDeciding || undefined} aria-current={isDeciding || undefined}>
      <Stack gap={4}>
        <Group gap={6}>
          <Text size="sm" fw={600}>
            {words(patch.kind)}
          </Text>
          {isDeciding && <Badge size="sm">Why it is so</Badge>}
          {!isDeciding && !isWithoutEffect && (
            <Badge size="sm" variant="default">
              Overridden
            </Badge>
          )}
          {isWithoutEffect && (
            <Badge size="sm" variant="default">
              Changed nothing
            </Badge>
          )}
          {isLate && (
            <ToneBadge color="orange" size="sm">
              Came late
            </ToneBadge>
          )}
        </Group>
        <Text size="sm" className="breaks">
          {before === undefined ? null : <span className="old">{valueText(before)}</span>}
          {before === undefined ? null : <Arrow />}
          {valueText(after)}
        </Text>
        <Text size="xs" c="dimmed">
          By {sourceOf(patch)}. Counts as of <Time at={patch.effectiveAt} />, came{' '}
          <Time at={patch.recordedAt} />
        </Text>
        {isLate && (
          <Text size="xs" c="dimmed">
            It came after patches that count later, and did not overwrite them.
          </Text>
        )}
        <JsonBlock value={patch.patch} label={`Patch of ${patch.recordedAt}`} />
      </Stack>
    </li>
  );
}

function sourceOf({ kind, event, actor }: PatchChange): string {
  if (kind !== 'EVENT_APPLIED') return actor;
  return event?.eventId == null ? `an event of ${actor}` : `the event ${event.eventId} of ${actor}`;
}
