export function greeting(url: string, hasExplorer: boolean, token: string | undefined): string {
  const endpoint = new URL('/graphql', url).href;
  const signIn = token
    ? [
        `Sign in with this key of the organization "demo"; it is shown only once:`,
        '',
        `  Authorization: Bearer ${token}`,
      ]
    : [
        'Sign in with the header "Authorization: Bearer TOKEN". This makes a token:',
        '',
        '  npm run -s switchboard -- keys create --organization acme --name me --scopes all',
      ];
  return [
    `Switchboard listens on ${endpoint}`,
    ...(hasExplorer ? ['Open the same address in a browser for the explorer.'] : []),
    ...signIn,
    '',
    '',
  ].join('\n');
}
