import type { Worked } from './shown-page.js';

/** An event of a trace of Chromium; times are in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  /** Of the processor. */
  tdur?: number;
  args: { name?: string };
}

/** The tasks of the page that did most. */
export function taskTimes(trace: Buffer): Worked {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const nameOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(nameOf),
  );
  const byThread = new Map<string, TraceEvent[]>();
  for (const event of traceEvents) {
    if (event.ph !== 'X' || event.name !== 'ThreadControllerImpl::RunTask' || !mains.has(nameOf(event)))
      continue;
    const events = byThread.get(nameOf(event)) ?? [];
    byThread.set(nameOf(event), events);
    events.push(event);
  }
  const [busiest = []] = [...byThread.values()].sort((one, other) => other.length - one.length);
  return {
    tasks: busiest.map(({ tdur = 0 }) => tdur / 1_000),
    passed: busiest.map(({ dur = 0 }) => dur / 1_000),
  };
}
