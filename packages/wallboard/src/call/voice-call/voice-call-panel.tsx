import { useMutation } from '@apollo/client/react';
import { Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import type { VoiceCallRecordFragment } from '../../gql/graphql';
import { readDraft } from '../../session/drafts';
import { Time } from '../../ui/time';
import { Notice } from '../notice';
import { Section } from '../section';
import { creationOf, EMPTY, updateOf, type Values, valuesOf } from './voice-call-fields';
import { isVoiceCallDraft, type Refusal, VoiceCallForm } from './voice-call-form';

const RECORD = graphql(`
  fragment VoiceCallRecord on VoiceCall {
    id
    uid
    staffUid
    clientUid
    fromNumber
    toNumber
    direction
    status
    rate
    price
    provider
    sourceId
    externalUuid
    duration
    callSummary
    externalAppUrl
    externalAppName
    recordingId
    handledByStaffUid
    revision
    updatedAt
  }
`);

const CALL_VOICE_CALL = graphql(`
  fragment CallVoiceCall on Call {
    id
    from
    to
    direction
    voiceCall {
      id
      ...VoiceCallRecord
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateVoiceCall($voiceCall: ID!, $input: UpdateVoiceCallInput!, $expectedRevision: Int) {
    updateVoiceCall(voiceCall: { id: $voiceCall }, input: $input, expectedRevision: $expectedRevision) {
      voiceCall {
        id
        ...VoiceCallRecord
        call {
          id
          ...CallHeader
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const CREATE = graphql(`
  mutation CreateVoiceCall($call: ID!, $input: CreateVoiceCallInput!) {
    createVoiceCall(call: { id: $call }, input: $input) {
      voiceCall {
        id
        ...VoiceCallRecord
        call {
          id
          ...CallHeader
          voiceCall {
            id
          }
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export function VoiceCallPanel({ call: masked }: { call: FragmentType<typeof CALL_VOICE_CALL> }) {
  const call = getFragmentData(CALL_VOICE_CALL, masked);
  const record = getFragmentData(RECORD, call.voiceCall);
  const [isCreating, setCreating] = useState(() => readDraft(draftOfNew(call.id), isVoiceCallDraft) !== null);
  if (record != null) return <Existing key={record.id} record={record} />;
  if (!isCreating) {
    return (
      <Section title="Voice call">
        <Stack gap="sm" align="start">
          <Text size="sm">
            This call has no business record: who handled it, for which client, at what price.
          </Text>
          <Button onClick={() => setCreating(true)}>Create the voice call</Button>
        </Stack>
      </Section>
    );
  }
  const begin: Values = {
    ...EMPTY,
    fromNumber: call.from ?? '',
    toNumber: call.to ?? '',
    direction: call.direction === 'OUTBOUND' ? 'OUTBOUND' : 'INBOUND',
  };
  return <New callId={call.id} begin={begin} onCancel={() => setCreating(false)} />;
}

const draftOfNew = (callId: string): string => `voice call of ${callId}`;

function Existing({ record }: { record: VoiceCallRecordFragment }) {
  const [update] = useMutation(UPDATE);
  const save = async (values: Values, expectedRevision: number) => {
    const { data } = await update({
      variables: { voiceCall: record.id, input: updateOf(values), expectedRevision },
    });
    const { voiceCall, errors = [] } = data?.updateVoiceCall ?? {};
    const present = getFragmentData(RECORD, voiceCall);
    if (errors.length === 0) notifications.show({ message: 'The voice call is saved.' });
    return {
      errors,
      present: present == null ? null : { values: valuesOf(present), revision: present.revision },
    };
  };
  return (
    <Section title="Voice call">
      <Text size="sm" c="dimmed" mb="md">
        Revision {record.revision}, changed <Time at={record.updatedAt} />
        {record.uid != null && `, vcita’s uid ${record.uid}`}. An update sends the whole record.
      </Text>
      <VoiceCallForm
        label="Save"
        draftName={`voice call ${record.id}`}
        record={{ values: valuesOf(record), revision: record.revision }}
        isNew={false}
        onSave={save}
      />
    </Section>
  );
}

function New({ callId, begin, onCancel }: { callId: string; begin: Values; onCancel(): void }) {
  const [create] = useMutation(CREATE);
  const [first] = useState(begin);
  const [others, setOthers] = useState<readonly Refusal[]>([]);
  const save = async (values: Values) => {
    const { data } = await create({ variables: { call: callId, input: creationOf(values) } });
    const { errors = [] } = data?.createVoiceCall ?? {};
    setOthers(errors.filter(({ code }) => code === 'ALREADY_EXISTS'));
    if (errors.length === 0) notifications.show({ message: 'The voice call is created.' });
    return { errors, present: null };
  };
  return (
    <Section title="New voice call">
      {others.map(({ message }) => (
        <Notice key={message} color="orange" role="alert" mb="md">
          {message}
        </Notice>
      ))}
      <VoiceCallForm
        label="Create"
        draftName={draftOfNew(callId)}
        record={{ values: first, revision: 0 }}
        isNew
        onSave={save}
        onCancel={onCancel}
      />
    </Section>
  );
}
