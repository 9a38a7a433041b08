import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import type { CallSystem, CallVendorsFragment } from '../../gql/graphql';
import { formatDuration } from '../../ui/duration';
import { SYSTEMS, VENDOR_NAMES } from '../../ui/vendor-names';
import { words } from '../../ui/words';
import { Facts } from '../facts';
import { Section } from '../section';

const CALL_VENDORS = graphql(`
  fragment CallVendors on Call {
    id
    references {
      system
      name
      value
    }
    type
    vendorStatus
    workspaceId
    channelId
    assistant {
      assistantId
      name
    }
    sipType
    notificationUrl
    answeringMachineDetection {
      result
      speech
      locale
    }
    quality {
      mos
      pdd
    }
    sip {
      hangupSipCode
      edgeRegion
      providerName
      userAgent
      remoteSignallingIp
      remoteMediaIp
    }
    voiceCall {
      id
      uid
      status
      staffUid
      handledByStaffUid
      clientUid
      provider
      duration
      rate
      price
    }
    recordings {
      id
      system
      status
    }
    transcripts {
      id
      system
      status
    }
  }
`);

type Fact = readonly [string, ReactNode];

/** What each vendor knows of the call, side by side. What two vendors may report is above and beside, as one value. */
export function VendorTable({ call: masked }: { call: FragmentType<typeof CALL_VENDORS> }) {
  const call = getFragmentData(CALL_VENDORS, masked);
  const columns = SYSTEMS.map((system) => ({
    system,
    name: VENDOR_NAMES[system],
    facts: factsOf(system, call),
  }));
  const knowing = columns.filter(({ system, facts }) => isKnownTo(system, call) || facts.some(isKnown));
  const others = columns
    .filter((column) => column.system !== 'OTHER' && !knowing.includes(column))
    .map(({ name }) => name);
  return (
    <Section title="What each vendor knows">
      {knowing.length === 0 ? (
        <Text size="sm" c="dimmed">
          No vendor has reported it.
        </Text>
      ) : (
        <div className="vendors">
          {knowing.map(({ system, name, facts }) => (
            <article key={system} className="vendor" aria-label={name}>
              <Title order={3} size="h6">
                {name}
              </Title>
              <Facts facts={referencesOf(system, call)} none="No reference." />
              <Facts facts={facts} none="Nothing that is its own." />
            </article>
          ))}
        </div>
      )}
      {others.length > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          Not known to {new Intl.ListFormat('en', { type: 'disjunction' }).format(others)}.
        </Text>
      )}
    </Section>
  );
}

const isKnown = ([, value]: Fact) => value != null && value !== '';

const isKnownTo = (system: CallSystem, { references, recordings, transcripts }: CallVendorsFragment) =>
  [...references, ...recordings, ...transcripts].some((each) => each.system === system);

function referencesOf(system: CallSystem, { references }: CallVendorsFragment): Fact[] {
  const values = new Map<string, string[]>();
  for (const { system: of, name, value } of references) {
    if (of === system) values.set(name, [...(values.get(name) ?? []), value]);
  }
  return [...values].map(([name, all]) => [name, all.join(', ')]);
}

/** By the schema, which names the vendor that a field comes from. */
function factsOf(system: CallSystem, call: CallVendorsFragment): Fact[] {
  const { voiceCall, assistant, answeringMachineDetection: machine, quality, sip } = call;
  const count = (all: readonly { system: CallSystem }[]) =>
    all.filter((each) => each.system === system).length || null;
  const recorded: Fact[] = [
    ['Recordings', count(call.recordings)],
    ['Transcripts', count(call.transcripts)],
  ];
  const word: Fact[] = [['Status', onlyVendorOf(call) === system ? call.vendorStatus : null]];
  switch (system) {
    case 'BURKI':
      return [
        ...word,
        ['Assistant', assistant && [assistant.name, assistant.assistantId].filter(Boolean).join(', ')],
        ...recorded,
      ];
    case 'BIRD':
      return [
        ...word,
        ['Type', call.type],
        ['Workspace', call.workspaceId],
        ['Channel', call.channelId],
        ['Answered by', machine?.result],
        ['Speech', machine?.speech],
        ['MOS', quality?.mos],
        ['Delay', quality?.pdd],
        ['SIP trunk', call.sipType],
        ['SIP code', sip?.hangupSipCode],
        ['Region', sip?.edgeRegion],
        ['Carrier', sip?.providerName],
        ['User agent', sip?.userAgent],
        ['Signalling IP', sip?.remoteSignallingIp],
        ['Media IP', sip?.remoteMediaIp],
        ['Reports to', call.notificationUrl],
        ...recorded,
      ];
    case 'VCITA':
      return [
        ['Status', voiceCall ? words(voiceCall.status) : null],
        ['Staff', voiceCall?.staffUid],
        ['Handled by', voiceCall?.handledByStaffUid],
        ['Client', voiceCall?.clientUid],
        ['Provider', voiceCall ? words(voiceCall.provider) : null],
        ['Duration', voiceCall?.duration == null ? null : formatDuration(voiceCall.duration)],
        ['Rate', voiceCall?.rate],
        ['Price', voiceCall?.price],
        ...recorded,
      ];
    default:
      return [...word, ...recorded];
  }
}

/** The schema does not say whose word the status is, but where one vendor alone reports, it is its own. */
function onlyVendorOf({ references }: CallVendorsFragment): CallSystem | null {
  const [first, ...others] = new Set(references.map(({ system }) => system));
  return first !== undefined && others.length === 0 ? first : null;
}
