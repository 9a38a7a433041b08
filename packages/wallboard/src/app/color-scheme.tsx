import { Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

/** Follows the system until it is pressed. */
export function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <Button
      variant="default"
      size="xs"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {other === 'dark' ? 'Dark' : 'Light'}
    </Button>
  );
}
