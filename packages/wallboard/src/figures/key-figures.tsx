import { Card, SimpleGrid, Text } from '@mantine/core';
import { costsText, type Figures, NO_FIGURES, percent, seconds } from './figures-math';

type Summed = Omit<Figures, '__typename' | 'keys'>;

interface KeyFiguresProps {
  figures: Summed | undefined;
  /** Of the time before; null if it is not asked for, undefined until it is there. */
  earlier: Summed | null | undefined;
}

const FIGURES: readonly { label: string; text(figures: Summed): string }[] = [
  { label: 'Calls', text: ({ calls }) => calls.toLocaleString() },
  { label: 'Answered', text: ({ answered, calls }) => percent(answered, calls) },
  { label: 'Median duration', text: ({ duration }) => seconds(duration.median) },
  { label: '95th percentile', text: ({ duration }) => seconds(duration.p95) },
  { label: 'Costs', text: costsText },
];

export const KeyFigures = ({ figures = NO_FIGURES, earlier }: KeyFiguresProps) => (
  <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm" m={0}>
    {FIGURES.map(({ label, text }) => (
      <Card key={label} withBorder p="sm">
        <Text component="dt" size="sm" c="dimmed">
          {label}
        </Text>
        <Text component="dd" m={0} fz="xl" fw={700} className="figure">
          {text(figures)}
        </Text>
        {earlier !== null && (
          <Text component="dd" m={0} size="sm" c="dimmed" className="figure">
            before: {earlier === undefined ? '…' : text(earlier)}
          </Text>
        )}
      </Card>
    ))}
  </SimpleGrid>
);
