import { Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Time } from '../../ui/time';
import { Facts } from '../facts';
import { Section } from '../section';
import { Cost } from './cost';
import { Participant } from './participant';
import { Relatives } from './relatives';
import { VendorTable } from './vendor-table';

const CALL_OVERVIEW = graphql(`
  fragment CallOverview on Call {
    id
    ...CallVendors
    ...CallRelatives
    from
    to
    customerNumber
    originator {
      ...Participant
    }
    receiver {
      ...Participant
    }
    cost {
      ...Cost
    }
    tags
    reason
    hangup {
      causeCode
      source
      sipCode
    }
    scheduledFor
    ringingAt
    startedAt
    answeredAt
    endedAt
    createdAt
    vendorCreatedAt
    vendorUpdatedAt
  }
`);

export function OverviewPanel({ call: masked }: { call: FragmentType<typeof CALL_OVERVIEW> }) {
  const call = getFragmentData(CALL_OVERVIEW, masked);
  return (
    <Stack>
      <VendorTable call={call} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <Section title="Who is who">
          <Stack gap="sm">
            <Participant party="From" number={call.from} details={call.originator} />
            <Participant party="To" number={call.to} details={call.receiver} />
            <Facts facts={[['Customer', call.customerNumber]]} none="The customer’s number is not known." />
          </Stack>
        </Section>
        <Section title="Costs">
          <Cost cost={call.cost ?? null} />
        </Section>
        <Section title="Times">
          <Facts
            facts={[
              ['Scheduled', at(call.scheduledFor)],
              ['Ringing', at(call.ringingAt)],
              ['Started', at(call.startedAt)],
              ['Answered', at(call.answeredAt)],
              ['Ended', at(call.endedAt)],
              ['Recorded here', at(call.createdAt)],
              ['Vendor’s record', at(call.vendorCreatedAt)],
              ['Vendor’s change', at(call.vendorUpdatedAt)],
              ['Hung up by', call.hangup?.source],
              ['Cause', call.hangup?.causeCode],
              ['SIP code', call.hangup?.sipCode],
              ['Reason', call.reason],
            ]}
          />
        </Section>
        <Section title="Tags">
          {call.tags.length === 0 ? (
            <Text size="sm" c="dimmed">
              No tags.
            </Text>
          ) : (
            <Group gap={6}>
              {call.tags.map((tag) => (
                <Badge key={tag} variant="default" tt="none">
                  {tag}
                </Badge>
              ))}
            </Group>
          )}
        </Section>
        <Relatives call={call} />
      </SimpleGrid>
    </Stack>
  );
}

const at = (time: string | null | undefined) => (time == null ? null : <Time at={time} />);
