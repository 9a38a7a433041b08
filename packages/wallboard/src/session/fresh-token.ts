import { currentSession } from './session';

/** Milliseconds before a token ends at which a new one is asked for. */
const EARLY = 30_000;

/** The key, or a token that has not ended: a new one, where the issuer gives one. */
export async function freshToken(): Promise<string> {
  const session = currentSession();
  if (session === null) throw new Error('the session has ended');
  const { token, expiresAt, refreshToken } = session;
  if (expiresAt === undefined || refreshToken === undefined || Date.now() < expiresAt - EARLY) return token;
  const { renewedToken } = await import('./issuer');
  return renewedToken(refreshToken);
}
