import { measureFigures } from './figures/measure.js';
import { loadDatabase } from './scale/load.js';
import { runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { openServer } from './support/postgres.js';
import { say, surroundings, writeReport } from './support/report.js';

const options = readOptions({
  /** Calls of the organization, and as many of others. */
  calls: 1_000_000,
  repetitions: 5,
  /** Only shows the tables. */
  dry: false,
  /** Only the figures whose name holds this; dry. */
  only: '',
});

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const url = await server.createDatabase('figures');
  say(`loading twice ${options.calls} calls`);
  await loadDatabase(lifetime, url, { calls: options.calls });
  const { isKept, text, data } = await measureFigures(lifetime, url, options);
  if (options.dry || options.only !== '') console.log(text);
  else
    await writeReport({
      name: 'figures',
      text,
      data: { ...surroundings(server.version), ...options, ...data },
    });
  return isKept;
});
