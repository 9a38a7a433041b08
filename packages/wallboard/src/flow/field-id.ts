/** Of the input of a field, so that a problem finds it: `path` is the one in the step. */
export const fieldId = (step: string, path: readonly string[]): string => [step, ...path].join('.');
