// Made by generate.mjs from schema.graphql: a change here is lost.
/** The TypeScript types of the scalars, as JSON has them. */
export const scalars = {
  "DateTime": "string",
  "Decimal": "string",
  "JSONObject": "Record<string, unknown>",
  "PhoneNumber": "string",
  "URL": "string",
};
