import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

const FIRST_QUERY = `# Add the header Authorization with the value: Bearer YOUR_TOKEN
query NewestCalls {
  calls(first: 10) {
    nodes {
      id
      references { system name value }
      from
      to
      status
      metadata
    }
  }
}
`;

export const explorer = () =>
  ApolloServerPluginLandingPageLocalDefault({ embed: true, footer: false, document: FIRST_QUERY });
