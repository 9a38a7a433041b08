import { GraphQLError } from 'graphql';

/** Documents that take or name an account's secrets. */
const TAKES_SECRETS = /VendorAccount|VendorSettingsInput|(?:Burki|Creovai|Vcita|Bird)AccountInput/;

const VARIABLE = /^(Variable "\$\w+" got) invalid value [\s\S]*$/;
const PLACE = / at "([\w.[\]]+)"; /g;
/** What graphql-js says of types and names alone. */
const WITHOUT_VALUE =
  /^(?:Field "|Exactly one key|Expected (?:non-nullable )?type "[\w![\]]+"(?:\.$| to be | not to be ))/;

/** How graphql-js repeats values that are no variables, and what is left of it. */
const LITERALS: readonly [RegExp, string][] = [
  [/( cannot represent [\w -]+): [\s\S]*$/, '$1.'],
  [/, found [\s\S]*$/, ', found something else.'],
  [/ has invalid value [\s\S]*$/, ' has an invalid value.'],
  [/Value "[\s\S]*" does not exist/, 'The value does not exist'],
  [/"[\s\S]*" is not a URL/, 'The value is not a URL'],
  [/^(Syntax Error: (?:Unexpected|Invalid|Cannot)[\w ]*)[ ,]*[":][\s\S]*$/, '$1.'],
];

/** The message of an error, without the values that graphql-js repeats, if the document may have had secrets. */
export function withoutSecrets(message: string, error: unknown): string {
  const document = error instanceof GraphQLError ? error.source?.body : undefined;
  if (document === undefined || !TAKES_SECRETS.test(document)) return message;
  const [, variable] = VARIABLE.exec(message) ?? [];
  if (variable === undefined)
    return LITERALS.reduce((text, [form, left]) => text.replace(form, left), message);
  const place = [...message.matchAll(PLACE)].at(-1);
  const about = message.slice(
    place === undefined ? message.lastIndexOf('; ') + 2 : place.index + place[0].length,
  );
  const reason = WITHOUT_VALUE.test(about) ? about : 'It has another type or form.';
  return `${variable} an invalid value${place === undefined ? '' : ` at "${place[1]}"`}; ${reason}`;
}
