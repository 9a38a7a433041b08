import { isWithheld } from '../../foundation/phone-numbers.js';
import type { UserErrorData } from '../../foundation/refusal.js';
import { checkLength, checkStrings, problem } from '../../graphql/input-checks.js';

const NUMBER: [number, number] = [1, 256];

/** A word for withheld numbers would erase the calls of many. */
export function checkCustomerNumber(number: string, path: string[]): UserErrorData[] {
  const errors = [...checkStrings(number, path), ...checkLength(number.trim(), path, NUMBER)];
  if (errors.length > 0 || !isWithheld(number)) return errors;
  return problem(path, 'A withheld number is not one customer.');
}
