import { execFileSync } from 'node:child_process';

/**
 * Prints the bill of materials of what runs. `npm sbom --omit=dev` would leave out what a package for development needs
 * as well, graphql above all.
 */
const args = [process.env.npm_execpath, 'sbom', '--sbom-format=cyclonedx', '--sbom-type=application'];
const bom = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }));

const isForDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

bom.components = bom.components.filter((component) => !isForDevelopment(component));
const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component['bom-ref']));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
console.log(JSON.stringify(bom, null, 2));
