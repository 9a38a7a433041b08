// Made by generate.mjs from schema.graphql: a change here is lost.
/** For caches that match fragments. */
export const possibleTypes: Record<string, string[]> = {
  "CallFlowCommand": ["AnswerCommand","BridgeCommand","GatherCommand","HangupCommand","PauseCommand","PlaybackCommand","RecordCommand","RingingCommand","SayCommand"],
  "Node": ["AnswerCommand","BridgeCommand","Call","CallChange","CallEvent","CallFlow","CallGroup","CallImport","CallRecording","CallTranscript","Delivery","GatherCommand","HangupCommand","InboundMessage","MatchRule","Organization","PauseCommand","PlaybackCommand","RecordCommand","RingingCommand","SayCommand","VendorAccount","VoiceCall"],
};
