import { type Report, surroundings, table } from '../support/report.js';
import { figure } from '../support/stats.js';
import { PAGES, type PageGrowth, type SizeGrowth } from './growth.js';
import { medianOf, ratioOf, type Series } from './rounds.js';
import type { StartUp } from './start-up.js';
import { atLeast, atMost, MEMORY, P99, RATIOS, type Verdict } from './targets.js';

export interface Found {
  calls: number;
  connections: number;
  rounds: number;
  milliseconds: number;
  loadSeconds: number;
  postgres: string;
  series: Series[];
  startUps: StartUp[];
  pages: PageGrowth | null;
  sizes: SizeGrowth | null;
}

/** What the README shows, what is kept beside it, and what was promised. */
export function reportOf(found: Found): Report & { verdicts: Verdict[] } {
  const where = surroundings(found.postgres);
  const verdicts = [
    ...ratioVerdicts(found.series),
    ...memoryVerdict(found.series),
    ...(found.pages?.verdicts ?? []),
    ...(found.sizes?.verdicts ?? []),
  ];
  const missed = verdicts.filter(({ kept }) => !kept);
  const text = [
    `${found.calls.toLocaleString('en-US')} calls in two organizations, ${found.connections} connections, medians of ` +
      `${found.rounds} rounds of ${found.milliseconds / 1000} s in turns. Node ${where.node}, PostgreSQL ${where.postgres}, ` +
      `${where.cores} cores, ${where.date}. Loading took ${figure(found.loadSeconds)} s.`,
    `**${missed.length === 0 ? 'Every target is reached.' : `${missed.length} of ${verdicts.length} targets missed.`}**`,
    table(
      [
        'workload',
        'server',
        'requests/s',
        'p50, ms',
        'p99, ms',
        'CPU, s per 1,000',
        'CPU, s',
        'peak RSS, MB',
        'to the limit',
        'Switchboard to it',
      ],
      found.series.map((series) => rowOf(series, found.series)),
    ),
    ...startUpText(found.startUps),
    ...pagesText(found.pages),
    ...sizesText(found.sizes),
    table(
      ['target', 'found', 'due', 'verdict'],
      verdicts.map((verdict) => [
        verdict.what,
        figure(verdict.found),
        figure(verdict.target),
        verdict.kept ? 'pass' : 'FAIL',
      ]),
    ),
  ].join('\n\n');
  return { name: 'compare', text, data: { ...where, ...found, verdicts }, verdicts };
}

const seriesOf = (all: readonly Series[], workload: string, contender: string) =>
  all.find((each) => each.workload === workload && each.contender === contender);

function rowOf(series: Series, all: readonly Series[]): string[] {
  const { workload, contender, rounds, peak } = series;
  const limit = seriesOf(all, workload, 'limit');
  const own = seriesOf(all, workload, 'switchboard');
  return [
    workload,
    contender,
    figure(medianOf(series, 'rate')),
    figure(medianOf(series, 'p50')),
    figure(medianOf(series, 'p99')),
    figure(medianOf(series, 'cpu')),
    figure(rounds.reduce((sum, { cpu, requests }) => sum + (cpu * requests) / 1000, 0)),
    figure(peak),
    limit === undefined ? '' : figure(ratioOf(series, limit, 'rate')),
    own === undefined || own === series ? '' : figure(ratioOf(own, series, 'rate')),
  ];
}

/** Of the workloads and contenders that were run. */
function ratioVerdicts(all: readonly Series[]): Verdict[] {
  return all
    .filter(({ contender }) => contender === 'switchboard')
    .flatMap((own) => {
      const limit = seriesOf(all, own.workload, 'limit');
      const ratios = Object.entries(RATIOS[own.workload] ?? {}).flatMap(([name, target]) => {
        const other = seriesOf(all, own.workload, name);
        return other ? [atLeast(`${own.workload}: to ${name}`, ratioOf(own, other, 'rate'), target)] : [];
      });
      return [
        ...ratios,
        ...(limit ? [atMost(`${own.workload}: p99 to the limit's`, ratioOf(own, limit, 'p99'), P99)] : []),
      ];
    });
}

/** The highest of all workloads. */
function memoryVerdict(all: readonly Series[]): Verdict[] {
  const peaks = all.filter(({ contender }) => contender === 'switchboard').map(({ peak }) => peak);
  return peaks.length === 0 ? [] : [atMost('peak RSS, MB', Math.max(...peaks), MEMORY)];
}

function startUpText(startUps: readonly StartUp[]): string[] {
  if (startUps.length === 0) return [];
  const rows = startUps.map(({ contender, milliseconds, idle }) => [
    contender,
    figure(milliseconds),
    figure(idle),
  ]);
  return [
    'From the start of the process to its first answer, and its memory a moment later.',
    table(['', 'first answer, ms', 'RSS idle, MB'], rows),
  ];
}

function pagesText(pages: PageGrowth | null): string[] {
  if (pages === null) return [];
  const rows = pages.times.map((row) => [
    row.contender,
    ...PAGES.map((first) => figure(row.pages[first] ?? 0)),
  ]);
  return [
    'The nested list over one connection, by the calls on the page; p50, milliseconds.',
    table(['', ...PAGES.map(String)], rows),
  ];
}

function sizesText(sizes: SizeGrowth | null): string[] {
  if (sizes === null) return [];
  const rows = sizes.times.map(({ calls, milliseconds }) => [
    calls.toLocaleString('en-US'),
    figure(milliseconds),
  ]);
  return [
    'The nested list of 50 calls over one connection, by the calls in the database; Switchboard’s p50.',
    table(['calls', 'p50, ms'], rows),
  ];
}

/** Requests a second, for a program that reads them. */
export function ratesOf(all: readonly Series[]): { workloads: Record<string, Record<string, number>> } {
  const workloads: Record<string, Record<string, number>> = {};
  for (const series of all) {
    const rates = workloads[series.workload] ?? {};
    rates[series.contender] = Math.round(medianOf(series, 'rate') * 10) / 10;
    workloads[series.workload] = rates;
  }
  return { workloads };
}
