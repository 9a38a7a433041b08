import { otherCases, requiredCases } from './scale/cases.js';
import { commonCall, ORGANIZATION } from './scale/dataset.js';
import { loadDatabase } from './scale/load.js';
import { type Finding, measure } from './scale/measure.js';
import { planReader } from './scale/plans.js';
import { reportOf } from './scale/report.js';
import { openClient } from './support/client.js';
import { startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { connect, openServer } from './support/postgres.js';
import { say, writeReport } from './support/report.js';
import { figure } from './support/stats.js';

const options = readOptions({
  /** Calls of the organization, and as many of others. */
  calls: 1_000_000,
  small: 10_000,
  repetitions: 31,
  /** Only shows the table, and leaves the README and the results as they are. */
  dry: false,
  /** Only the cases whose name holds this; dry. */
  only: '',
});

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  say(`loading twice ${options.small} calls`);
  const small = await openSide(lifetime, await server.createDatabase('small'), options.small);
  say(`loading twice ${options.calls} calls`);
  const large = await openSide(lifetime, await server.createDatabase('large'), options.calls);
  say(`loaded in ${figure(large.seconds)} s`);

  const findings: Finding[] = [];
  // A call that both sizes have, so that "1 match" is one in both.
  const middle = commonCall([options.small, options.calls]);
  for (const each of [...requiredCases(middle), ...otherCases(middle)]) {
    if (!each.name.includes(options.only)) continue;
    const plans = await large.plans.plansOf((queries) => each.send(queries, large.organizationId));
    const sides = { large: large.client, small: small.client, growth: options.calls / options.small };
    const found = await measure(each, sides, plans, options.repetitions);
    const { verdict, name, ratio } = found;
    say(
      `${verdict ?? '–'}  ${figure(found.small)} → ${figure(found.large)} ms (${figure(ratio)} ×)  ${name}`,
    );
    findings.push(found);
  }
  const report = reportOf({
    large: options.calls,
    small: options.small,
    repetitions: options.repetitions,
    loadSeconds: { large: large.seconds, small: small.seconds },
    postgres: server.version,
    findings,
  });
  if (options.dry || options.only !== '') console.log(report.text);
  else await writeReport(report);
  return findings.every(({ verdict }) => verdict !== 'FAIL');
});

async function openSide(lifetime: Lifetime, url: string, calls: number) {
  const seconds = await loadDatabase(lifetime, url, { calls });
  const sql = connect(lifetime, url, 1);
  const [row] = await sql<{ id: string }[]>`
    select organization_id as id from organizations where slug = ${ORGANIZATION}`;
  await sql.end();
  const gateway = await startGateway(lifetime, url, ORGANIZATION);
  return {
    seconds,
    client: openClient(lifetime, gateway),
    plans: planReader(lifetime, url),
    organizationId: row?.id ?? '',
  };
}
