import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { attemptOf, type Draft, withRefusals } from './draft';
import { REPLACE_CALL_FLOW } from './flow-documents';
import { toInput } from './steps';

/** Why there is no payload. */
export interface Lost {
  message: string;
  /** Without an answer the flow may be replaced all the same. */
  isAnswered: boolean;
}

/** Sends a draft. A press after a lost answer sends the same request again. */
export function useReplacement(callId: string, setDraft: (draft: Draft | null) => void) {
  const [replace, { loading: isBusy }] = useMutation(REPLACE_CALL_FLOW);
  const [lost, setLost] = useState<Lost | null>(null);

  /** @returns the revision of the new flow; null if there is none, or none is known of */
  const send = async (draft: Draft): Promise<number | null> => {
    const commands = draft.steps.map(toInput);
    const attempt = attemptOf(draft, commands);
    const sent = { ...draft, attempt };
    setDraft(sent);
    setLost(null);
    try {
      const { data } = await replace({
        variables: {
          id: callId,
          commands,
          expectedFlowRevision: draft.base,
          idempotencyKey: attempt.idempotencyKey,
        },
      });
      const { errors = [], callFlow } = data?.replaceCallFlow ?? {};
      setDraft(errors.length > 0 ? withRefusals(sent, errors) : null);
      return errors.length > 0 ? null : (callFlow?.revision ?? null);
    } catch (error) {
      setLost(lostBy(error));
      return null;
    }
  };
  return { send, isBusy, lost };
}

function lostBy(error: unknown): Lost {
  if (CombinedGraphQLErrors.is(error)) {
    return { message: error.errors.map(({ message }) => message).join(' '), isAnswered: true };
  }
  return { message: error instanceof Error ? error.message : String(error), isAnswered: false };
}
