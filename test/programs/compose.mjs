// Composes subgraphs by Apollo's composition: node compose.mjs NAME=FILE … prints the supergraph.
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const services = process.argv.slice(2).map((each) => {
  const [name, file, url] = each.split('=');
  return { name, url, typeDefs: parse(readFileSync(file, 'utf8')) };
});
const { errors, supergraphSdl } = composeServices(services);
if (errors !== undefined) {
  for (const { message } of errors) process.stderr.write(`${message}\n`);
  process.exitCode = 1;
} else process.stdout.write(supergraphSdl);
