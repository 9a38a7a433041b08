import { useMediaQuery } from '@mantine/hooks';

/** Whether rows have two lines: as calls.css has it. */
export const useIsSmall = (): boolean =>
  useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
