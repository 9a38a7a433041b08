const WIDTH = 20;

export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

export function bar(share: number): string {
  const full = Math.floor(share * WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`;
}

/** How fast, and how long still; nothing while that is not known. */
export function pace(done: number, total: number | null, perSecond: number): string[] {
  if (perSecond <= 0) return [];
  const isOver = total === null || total <= done;
  return [`${whole(perSecond)}/s`, ...(isOver ? [] : [`${timeLeft((total - done) / perSecond)} left`])];
}

export function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
