/** The GraphQL documents; the very same go to all contenders that speak it. */

export const CALL_BY_ID = `query ($id: ID!) {
  call(id: $id) {
    id direction status vendorStatus type from to customerNumber channelId tags duration
    ringingAt startedAt answeredAt endedAt createdAt updatedAt revision metadata
  }
}`;

export const NESTED_LIST = `query ($first: Int!, $after: String) {
  calls(first: $first, after: $after) {
    nodes {
      id status from to duration createdAt
      voiceCall { id staffUid clientUid status price duration callSummary }
      callFlow {
        id revision status
        commands {
          id command status
          ... on AnswerCommand { media }
          ... on PauseCommand { pauseSeconds }
          ... on SayCommand { text locale voice }
          ... on PlaybackCommand { media loop }
          ... on GatherCommand { input maxNumKeys endKey timeout }
          ... on BridgeCommand { to from ringTimeout }
          ... on RecordCommand { endKey maxLength beep }
        }
      }
    }
  }
}`;

export const METADATA_FILTER = `query ($first: Int!, $after: String, $contains: JSONObject!) {
  calls(first: $first, after: $after, filter: { metadata: { contains: $contains } }) {
    nodes { id status from to createdAt metadata }
  }
}`;

export const MERGE = `mutation ($call: CallLocator!, $metadata: JSONObject!) {
  mergeCallMetadata(call: $call, metadata: $metadata) {
    call { id revision metadata }
    errors { code message }
  }
}`;

export const UPDATE_VOICE_CALL = `mutation ($voiceCall: VoiceCallLocator!, $input: UpdateVoiceCallInput!) {
  updateVoiceCall(voiceCall: $voiceCall, input: $input) {
    voiceCall { id revision status rate price duration callSummary updatedAt }
    errors { code message }
  }
}`;

export const REPLACE_CALL_FLOW = `mutation ($call: CallLocator!, $commands: [CallFlowCommandInput!]!) {
  replaceCallFlow(call: $call, commands: $commands) {
    callFlow { id revision status commands { id command status } }
    errors { code message }
  }
}`;

export const RECORD_CALL_EVENT = `mutation ($input: RecordCallEventInput!) {
  recordCallEvent(input: $input) {
    event { id match }
    errors { code message }
  }
}`;
