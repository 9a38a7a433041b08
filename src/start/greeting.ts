/** What a browser finds at the gateway. */
interface Pages {
  wallboard: boolean;
  explorer: boolean;
}

/** Where the embedded Postgres keeps its data instead of DATA_DIR. */
interface Elsewhere {
  dataDir: string;
  folder: string;
  closed: string | null;
}

export const elsewhereText = ({ dataDir, folder, closed }: Elsewhere): string =>
  `The data are not in DATA_DIR ${dataDir}, which only links to ${folder}` +
  (closed === null ? '.' : `: Postgres does not run as root, and other users cannot enter ${closed}.`) +
  ' To have them in DATA_DIR, take a backup, set DATA_DIR to a folder that others may enter, and restore it.';

interface GreetingOptions {
  pages: Pages;
  /** Of a new embedded database's first key. */
  token: string | undefined;
  /** How the commands are run here. */
  command: string;
  elsewhere: Elsewhere | null;
}

export function greeting(url: string, { pages, token, command, elsewhere }: GreetingOptions): string {
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
    ...(elsewhere === null ? [] : [elsewhereText(elsewhere), '']),
    `Switchboard listens on ${endpoint}`,
    ...(pages.explorer ? ['Open the same address in a browser for the explorer.'] : []),
    ...(pages.wallboard ? ['Open this one for the calls, live:', '', `  ${wallboard.href}`, ''] : []),
    ...signIn,
    '',
    '',
  ].join('\n');
}
