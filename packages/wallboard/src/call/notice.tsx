import { Alert, type AlertProps } from '@mantine/core';

/** The title has the text's own colour: coloured on its tint it would be too faint to read. */
export const Notice = (props: AlertProps) => <Alert {...props} classNames={{ title: 'notice-title' }} />;
