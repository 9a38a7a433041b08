import { useMutation } from '@apollo/client/react';
import { graphql } from '../gql';
import { useAction } from '../ui/use-action';

const REPLAY = graphql(`
  mutation ReplayDeliveries($ids: [ID!]!) {
    replayDeliveries(ids: $ids) {
      deliveries {
        id
        state
        attempts
        nextAttemptAt
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const DISCARD = graphql(`
  mutation DiscardDeliveries($ids: [ID!]!) {
    discardDeliveries(ids: $ids) {
      deliveries {
        id
        state
        nextAttemptAt
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export function useDeliveryActions() {
  const [sendAgain] = useMutation(REPLAY);
  const [giveUp] = useMutation(DISCARD);
  const { isBusy, run } = useAction();
  return {
    isBusy,
    replay: (ids: string[]) =>
      run(
        ids.length === 1 ? 'It is sent again' : `${ids.length} are sent again`,
        async () => (await sendAgain({ variables: { ids } })).data?.replayDeliveries,
      ),
    discard: (ids: string[]) =>
      run('It is given up', async () => (await giveUp({ variables: { ids } })).data?.discardDeliveries),
  };
}
