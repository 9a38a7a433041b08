import fc from 'fast-check';

// Properties draw the same in every run of CI, and anew elsewhere.
const { SEED } = process.env;
if (SEED !== undefined && SEED !== '')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED) });
