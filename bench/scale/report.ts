import { type Report, surroundings, table } from '../support/report.js';
import { figure } from '../support/stats.js';
import type { Finding } from './measure.js';

interface Run {
  large: number;
  small: number;
  repetitions: number;
  loadSeconds: { large: number; small: number };
  postgres: string;
  findings: Finding[];
}

/** What the README shows, and what is kept beside it. */
export function reportOf({ findings, ...run }: Run): Report {
  const where = surroundings(run.postgres);
  const count = (value: number) => value.toLocaleString('en-US');
  const failed = findings.filter(({ verdict }) => verdict === 'FAIL');
  const text = [
    `${count(run.large)} calls of one organization beside ${count(run.large)} of ten others, against ` +
      `${count(run.small)} beside ${count(run.small)}; medians of ${run.repetitions} repetitions in turns. ` +
      `Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}. ` +
      `Loading took ${figure(run.loadSeconds.large)} s and ${figure(run.loadSeconds.small)} s.`,
    `**${failed.length === 0 ? 'Every verdict is kept.' : `${failed.length} missed: ${failed.map(({ name }) => name).join('; ')}.`}**`,
    table(
      ['first page', 'found', 'small, ms', 'large, ms', 'ratio', 'in Postgres, ms', 'scan', 'verdict'],
      findings.map(rowOf),
    ),
    ...findings.filter(({ name }) => /^by metadata, 10 %/.test(name)).map(planOf),
  ].join('\n\n');
  return { name: 'scale', text, data: { ...where, ...run, findings } };
}

function rowOf({ name, matches, small, large, ratio, database, sequential, verdict }: Finding): string[] {
  return [
    name,
    matches === null ? '1' : matches.large.toLocaleString('en-US'),
    figure(small),
    figure(large),
    figure(ratio),
    figure(database),
    sequential ? 'SEQUENTIAL' : 'index',
    verdict ?? '–',
  ];
}

const planOf = ({ name, plans }: Finding): string =>
  `The plan of "${name}" at the large size:\n\n\`\`\`\n${plans.join('\n\n')}\n\`\`\``;
