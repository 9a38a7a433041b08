import { type CSSVariablesResolver, createTheme, type MantineColorsTuple, Notification } from '@mantine/core';

/** The shades that WCAG's AA asks for: 4.5 to 1 for text, on white and on the dark ground. */
export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 'md',
  components: {
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
  },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
});

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': shade(colors.gray, 7),
    '--mantine-color-placeholder': shade(colors.gray, 7),
    '--mantine-color-error': shade(colors.red, 9),
  },
  dark: {
    '--mantine-color-dimmed': shade(colors.dark, 1),
    '--mantine-color-placeholder': shade(colors.dark, 1),
    '--mantine-color-error': shade(colors.red, 4),
  },
});

const shade = (color: MantineColorsTuple | undefined, index: number): string => color?.[index] ?? 'inherit';
