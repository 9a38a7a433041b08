import { Stack, Text } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Facts } from '../facts';

const PARTICIPANT = graphql(`
  fragment Participant on CallParticipant {
    contact {
      contactId
      identifierKey
      identifierValue
    }
    number {
      type
      number
      anonymous
      callerIdName
      identity
      countryIsoCode
      pstnNumberType
    }
  }
`);

interface Props {
  party: string;
  number: string | null | undefined;
  details: FragmentType<typeof PARTICIPANT> | null | undefined;
}

export function Participant({ party, number, details: masked }: Props) {
  const { contact, number: line } = getFragmentData(PARTICIPANT, masked) ?? {};
  return (
    <Stack gap={2}>
      <Text size="sm">
        <Text span c="dimmed">
          {party}{' '}
        </Text>
        <Text span fw={600} className="breaks">
          {line?.callerIdName ?? number ?? 'Unknown'}
        </Text>
      </Text>
      <Facts
        facts={[
          ['Number', line?.number ?? number],
          ['Withheld', line?.anonymous == null ? null : line.anonymous ? 'Yes' : 'No'],
          ['Country', line?.countryIsoCode],
          ['Line', [line?.type, line?.pstnNumberType].filter((part) => part != null).join(', ')],
          ['Identity', line?.identity],
          [contact?.identifierKey ?? 'Contact', contact?.identifierValue],
          ['Contact id', contact?.contactId],
        ]}
        none="No number."
      />
    </Stack>
  );
}
