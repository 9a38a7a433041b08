import { useQuery } from '@apollo/client/react';
import { graphql } from '../gql';

const VIEWER = graphql(`
  query Viewer {
    viewer {
      id
      name
      scopes
      organization {
        id
        name
      }
    }
  }
`);

/** Who is signed in; undefined until it is read. */
export const useViewer = () => useQuery(VIEWER).data?.viewer ?? undefined;
