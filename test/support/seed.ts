import fc from 'fast-check';

// Properties of one commit draw the same in every run of CI. Elsewhere each run draws anew.
const { SEED } = process.env;
if (SEED !== undefined && SEED !== '')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED) });
