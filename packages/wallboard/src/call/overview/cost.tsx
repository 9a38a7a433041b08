import { Text } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Facts } from '../facts';

const COST = graphql(`
  fragment Cost on CallCost {
    total
    llm
    tts
    stt
    telephony
    currency
  }
`);

export function Cost({ cost: masked }: { cost: FragmentType<typeof COST> | null }) {
  const cost = getFragmentData(COST, masked);
  if (cost == null) {
    return (
      <Text size="sm" c="dimmed">
        No vendor has said what it cost.
      </Text>
    );
  }
  // Decimals are texts: what the vendor wrote is shown, not a number that was made of it.
  const money = (amount: string | null | undefined) => (amount == null ? null : `${amount} ${cost.currency}`);
  return (
    <Facts
      facts={[
        ['Total', cost.total == null ? null : <strong>{money(cost.total)}</strong>],
        ['Language model', money(cost.llm)],
        ['Text to speech', money(cost.tts)],
        ['Speech to text', money(cost.stt)],
        ['Telephony', money(cost.telephony)],
      ]}
    />
  );
}
