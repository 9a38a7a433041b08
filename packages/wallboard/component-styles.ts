import type { Plugin } from 'vite';

const STYLES = '@mantine/core/styles';
const WHOLE = `${STYLES}.layer.css`;
/** As Rollup writes what is no file. */
const BASE_MODULE = '\0base-styles';
const BASE = ['default-css-variables', 'baseline', 'global'];

const stylesOf = (names: readonly string[]): string =>
  names.map((name) => `import '${STYLES}/${name}.layer.css';\n`).join('');

/** Of Mantine's styles, the bundle has those of the components that are in it, each in the chunk of its component. */
export const componentStyles = (): Plugin => ({
  name: 'component-styles',
  apply: 'build',
  enforce: 'pre',
  resolveId: (source) => (source === WHOLE ? BASE_MODULE : undefined),
  load: (id) => (id === BASE_MODULE ? stylesOf(BASE) : undefined),
  // The file of a component's class names.
  transform(code, id) {
    const name = /@mantine\/core\/esm\/.+\/(\w+)\.module\.mjs$/.exec(id)?.[1];
    return name === undefined ? undefined : { code: stylesOf([name]) + code, map: null };
  },
});
