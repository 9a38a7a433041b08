import { gatewayUrl } from './gateway-path';

/** Asks whom the token signs in. @returns why it does not, else null */
export async function tryToken(token: string): Promise<string | null> {
  try {
    const response = await fetch(gatewayUrl('/graphql'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ viewer { id } }' }),
    });
    const { errors } = (await response.json()) as { errors?: { message: string }[] };
    return errors?.[0]?.message ?? null;
  } catch {
    return 'The gateway does not answer. Try again.';
  }
}
