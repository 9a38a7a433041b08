import * as oauth from 'oauth4webapi';
import { gatewayUrl } from './gateway-path';
import { renew, type Session, signIn, signOut } from './session';
import { type Issuer, readSettings } from './settings';

/** What is kept while the person is at the issuer's page. */
interface Attempt {
  verifier: string;
  state: string;
  /** Where the person was. */
  path: string;
}

const STORED_AS = 'switchboard.attempt';

/** Leads to the issuer's page, which leads back to `/` (OAuth 2.0, RFC 6749, with PKCE, RFC 7636). */
export async function goToIssuer(issuer: Issuer): Promise<void> {
  const { authorization_endpoint: endpoint } = await discovered(issuer);
  if (endpoint === undefined) throw new Error('The issuer has no page to sign in at');
  const attempt: Attempt = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    path: location.pathname + location.search,
  };
  sessionStorage.setItem(STORED_AS, JSON.stringify(attempt));
  const address = new URL(endpoint);
  const parameters = {
    client_id: issuer.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: issuer.scope,
    state: attempt.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ...(issuer.audience !== undefined && { audience: issuer.audience }),
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

/** Whether the address is one that the issuer has led back to. */
export const isBackFromIssuer = (): boolean =>
  sessionStorage.getItem(STORED_AS) !== null && /[?&](code|error)=/.test(location.search);

/** Signs in with what the issuer has put into the address, which then says again where the person was. */
export async function takeAnswer(): Promise<void> {
  const attempt = JSON.parse(sessionStorage.getItem(STORED_AS) ?? 'null') as Attempt;
  sessionStorage.removeItem(STORED_AS);
  const answer = new URL(location.href);
  history.replaceState(history.state, '', attempt.path);
  try {
    const { issuer } = await readSettings();
    if (issuer === null) throw new Error('The gateway knows no issuer any more');
    const [server, client] = [await discovered(issuer), { client_id: issuer.clientId }];
    const parameters = oauth.validateAuthResponse(server, client, answer, attempt.state);
    const response = await oauth.authorizationCodeGrantRequest(
      ...([
        server,
        client,
        oauth.None(),
        parameters,
        redirectUri(),
        attempt.verifier,
        insecure(issuer),
      ] as const),
    );
    signIn(sessionOf(await oauth.processAuthorizationCodeResponse(server, client, response)));
  } catch (error) {
    signOut(`The issuer did not sign you in: ${(error as Error).message}`);
  }
}

let renewing: Promise<string> | null = null;

/** A new token; those who ask at the same time get the same. */
export function renewedToken(refreshToken: string): Promise<string> {
  renewing ??= askForToken(refreshToken).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function askForToken(refreshToken: string): Promise<string> {
  const { issuer } = await readSettings();
  if (issuer === null) throw new Error('The gateway knows no issuer any more');
  const [server, client] = [await discovered(issuer), { client_id: issuer.clientId }];
  const options = insecure(issuer);
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, options);
  const session = sessionOf(await oauth.processRefreshTokenResponse(server, client, response));
  renew({ refreshToken, ...session });
  return session.token;
}

function sessionOf({ access_token, expires_in, refresh_token }: oauth.TokenEndpointResponse): Session {
  return {
    token: access_token,
    ...(expires_in !== undefined && { expiresAt: Date.now() + expires_in * 1_000 }),
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
  };
}

async function discovered(issuer: Issuer): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer.url);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure(issuer)));
}

const redirectUri = () => gatewayUrl('/');

/** An issuer on this machine may do without TLS, as one for trying has none. */
const insecure = ({ url }: Issuer) =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
    ? { [oauth.allowInsecureRequests]: true }
    : {};
