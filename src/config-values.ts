import { makeValidator } from 'envalid';

/** How variables of the environment are read. Each validator's message completes a sentence that begins with the name. */
export const text = makeValidator<string>((input) => input.trim());

export const integer = (least: number, most: number) =>
  makeValidator<number>((input) => {
    const value = /^\d{1,15}$/.test(input.trim()) ? Number(input) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Error(`must be a whole number from ${least} to ${most}, not "${input}"`);
  });

export const flag = makeValidator<boolean>((input) => {
  const word = input.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new Error(`must be true or false, not "${input}"`);
});

/** Origins as browsers send them, e.g. https://studio.apollographql.com; several are separated by commas. */
export const origins = makeValidator<readonly string[]>((input) => {
  const given = input
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  for (const each of given) {
    if (!URL.canParse(each) || new URL(each).origin !== each) {
      throw new Error(`must be origins such as https://studio.apollographql.com, not "${each}"`);
    }
  }
  return given;
});
