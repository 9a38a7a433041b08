/** What a browser finds at the gateway. */
interface Pages {
  wallboard: boolean;
  explorer: boolean;
}

interface GreetingOptions {
  pages: Pages;
  /** Of a new embedded database's first key. */
  token: string | undefined;
  /** How the commands are run here. */
  command: string;
}

export function greeting(url: string, { pages, token, command }: GreetingOptions): string {
  const endpoint = new URL('/graphql', url).href;
  const wallboard = new URL('/', url);
  if (token) wallboard.hash = `key=${token}`;
  const signIn = token
    ? [
        `Sign in with this key of the organization "demo"; it is shown only once:`,
        '',
        `  Authorization: Bearer ${token}`,
      ]
    : [
        'Sign in with the header "Authorization: Bearer TOKEN". This makes a token:',
        '',
        `  ${command} keys create --organization acme --name me --scopes all --create`,
      ];
  return [
    `Switchboard listens on ${endpoint}`,
    ...(pages.explorer ? ['Open the same address in a browser for the explorer.'] : []),
    ...(pages.wallboard ? ['Open this one for the calls, live:', '', `  ${wallboard.href}`, ''] : []),
    ...signIn,
    '',
    '',
  ].join('\n');
}
