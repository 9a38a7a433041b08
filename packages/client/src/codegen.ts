import { fileURLToPath } from 'node:url';
import { scalars } from './generated/scalars.js';

export { scalars };

/** The schema's file in this package. */
export const schema: string = fileURLToPath(new URL('./schema.graphql', import.meta.url));

/** For `config` of any plugin: every scalar has its type, and one without would end the run. */
export const config = {
  scalars,
  strictScalars: true,
  defaultScalarType: 'unknown',
  useTypeImports: true,
  enumsAsTypes: true,
  // A field that may be null is there all the same; an input leaves out what it likes.
  avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
};

interface Options {
  /** Globs of the files with operations. */
  documents: string | string[];
  /** Added to what the preset sets. */
  config?: Record<string, unknown>;
}

/** A configuration of GraphQL Code Generator with its client preset. */
export const clientPreset = ({
  documents,
  directory = 'src/gql/',
  config: added,
  fragmentMasking = true,
}: Options & {
  /** Where the code goes; it ends in a slash. */
  directory?: string;
  fragmentMasking?: boolean;
}) => ({
  schema,
  documents,
  generates: {
    [directory]: {
      preset: 'client' as const,
      presetConfig: { fragmentMasking },
      config: { ...config, ...added },
    },
  },
});

/** The same with the plugins `typescript` and `typescript-operations`, which write one file. */
export const typescriptOperations = ({
  documents,
  file = 'src/gql.ts',
  config: added,
}: Options & { file?: string }) => ({
  schema,
  documents,
  generates: {
    [file]: {
      plugins: ['typescript', 'typescript-operations'],
      config: { ...config, ...added },
    },
  },
});
