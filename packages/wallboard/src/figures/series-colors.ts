/** Each has 3 to 1 at least against a white and a dark ground, as WCAG asks of graphics. */
const PALETTE = ['blue.7', 'orange.8', 'teal.8', 'grape.6', 'red.7', 'cyan.8', 'pink.6', 'indigo.6'];
const STATUSES: Readonly<Record<string, string>> = {
  COMPLETED: 'blue.7',
  IN_PROGRESS: 'teal.8',
  RINGING: 'orange.8',
  VOICEMAIL: 'grape.6',
  NO_ANSWER: 'red.7',
  BUSY: 'pink.6',
  FAILED: 'red.9',
  CANCELED: 'gray.6',
};
export const MOST_SERIES = PALETTE.length;
export const OTHER_COLOR = 'gray.6';

export const colorOf = (value: string | null, index: number): string =>
  STATUSES[value ?? ''] ?? PALETTE[index % PALETTE.length] ?? OTHER_COLOR;
