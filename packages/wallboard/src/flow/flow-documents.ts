import { graphql } from '../gql';

export const FLOW = graphql(`
  fragment Flow on CallFlow {
    id
    revision
    status
    createdAt
    commands {
      id
      command
      status
      conditions {
        variable
        operator
        value
      }
      ... on AnswerCommand {
        media
        loop
        timeout
      }
      ... on PauseCommand {
        pauseSeconds
      }
      ... on PlaybackCommand {
        media
        loop
        timeout
        pauseMilliseconds
      }
      ... on SayCommand {
        text
        locale
        voice
        loop
        timeout
      }
      ... on GatherCommand {
        input
        maxNumKeys
        endKey
        timeout
        retries
        speechLocale
        say {
          text
          locale
          voice
        }
        playback {
          media
        }
      }
      ... on RecordCommand {
        endKey
        maxLength
        timeout
        beep
        transcribe
        transcribeLocale
      }
      ... on BridgeCommand {
        to
        from
        ringTimeout
        maxDuration
        ringTone
        hangupAfterBridge
        record
        recordStart
        recordStereo
      }
    }
  }
`);

export const CALL_WITH_FLOW = graphql(`
  fragment CallWithFlow on Call {
    id
    endedAt
    callFlow {
      id
      ...Flow
    }
  }
`);

export const CALL_FLOW = graphql(`
  query CallFlow($id: ID!) {
    changeCursor
    call(id: $id) {
      id
      ...CallWithFlow
    }
  }
`);

export const CALL_FLOW_UPDATED = graphql(`
  subscription CallFlowUpdated($id: ID!, $after: String) {
    callUpdated(call: { id: $id }, after: $after) {
      cursor
      call {
        id
        ...CallWithFlow
      }
    }
  }
`);

export const CALL_FLOWS = graphql(`
  query CallFlows($id: ID!, $after: String) {
    call(id: $id) {
      id
      callFlows(first: 10, after: $after) {
        nodes {
          id
          ...Flow
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const REPLACE_CALL_FLOW = graphql(`
  mutation ReplaceCallFlow(
    $id: ID!
    $commands: [CallFlowCommandInput!]!
    $expectedFlowRevision: Int
    $idempotencyKey: String
  ) {
    replaceCallFlow(
      call: { id: $id }
      commands: $commands
      expectedFlowRevision: $expectedFlowRevision
      idempotencyKey: $idempotencyKey
    ) {
      callFlow {
        id
        revision
      }
      superseded {
        id
        status
      }
      call {
        id
        ...CallWithFlow
      }
      errors {
        code
        message
        path
        details
      }
    }
  }
`);
