/** The operation that the address of the page names. */
export interface Linked {
  query: string;
  /** JSON in lines; empty without variables. */
  variables: string;
  operationName: string | null;
}

/**
 * Reads the parameters of GraphQL over HTTP's GET, but for headers: a key must not stand in an address.
 * @param search the part of the address from its `?` on
 */
export function linkedBy(search: string): Linked | null {
  const parameters = new URLSearchParams(search);
  const query = parameters.get('query');
  if (!query?.trim()) return null;
  return {
    query,
    variables: inLines(parameters.get('variables') ?? ''),
    operationName: parameters.get('operationName'),
  };
}

/** What is no JSON stays as it is: the editor shows where. */
function inLines(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return value === null ? '' : JSON.stringify(value, null, 2);
  } catch {
    return json;
  }
}
