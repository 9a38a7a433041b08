import { Center, Loader, Tabs } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { PageErrors } from '../app/page-errors';
import type { CallOfPageFragment, Scope } from '../gql/graphql';
import { useViewer } from '../session/viewer';
import { DeliveriesPanel } from './deliveries/deliveries-panel';
import { HistoryPanel } from './history/history-panel';
import { MetadataPanel } from './metadata/metadata-panel';
import { Notice } from './notice';
import { OverviewPanel } from './overview/overview-panel';
import { RecordedPanel } from './recorded/recorded-panel';
import { VoiceCallPanel } from './voice-call/voice-call-panel';

const FlowPanel = lazy(() =>
  import('../flow/flow-panel').then(({ FlowPanel: Panel }) => ({ default: Panel })),
);

const TABS = [
  ['overview', 'Overview'],
  ['voice-call', 'Voice call'],
  ['metadata', 'Metadata'],
  ['history', 'History'],
  ['flow', 'Flow'],
  ['recordings', 'Recordings and transcripts'],
  ['deliveries', 'Deliveries'],
] as const;
type TabName = (typeof TABS)[number][0];

/** What their forms need. */
const SCOPES: Partial<Record<TabName, Scope>> = {
  'voice-call': 'VOICE_CALLS_WRITE',
  metadata: 'METADATA_WRITE',
  flow: 'CALL_FLOWS_WRITE',
};

const isTab = (name: string | null): name is TabName => TABS.some(([tab]) => tab === name);

/** The tab is in the address, so that it can be linked to, reloaded and gone back from. */
export function CallTabs({ call }: { call: CallOfPageFragment }) {
  const [params, setParams] = useSearchParams();
  const named = params.get('tab');
  const tab: TabName = isTab(named) ? named : 'overview';
  // Edits that are not saved yet stay while another tab is looked at; a tab that was never opened reads nothing.
  const [opened, setOpened] = useState<ReadonlySet<TabName>>(new Set([tab]));
  if (!opened.has(tab)) setOpened(new Set([...opened, tab]));
  const open = (name: string | null) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (isTab(name) && name !== 'overview') next.set('tab', name);
      else next.delete('tab');
      return next;
    });
  const list = useRef<HTMLDivElement>(null);
  // On a narrow screen the open tab may be out of sight.
  useEffect(() => {
    const active = list.current?.querySelector('[aria-selected="true"]');
    if (!(active instanceof HTMLElement) || list.current === null) return;
    list.current.scrollLeft = active.offsetLeft - (list.current.clientWidth - active.offsetWidth) / 2;
  }, [tab]);
  const panel = (name: TabName) => {
    switch (name) {
      case 'overview':
        return <OverviewPanel call={call} />;
      case 'voice-call':
        return <VoiceCallPanel call={call} />;
      case 'metadata':
        return <MetadataPanel call={call} />;
      case 'history':
        return <HistoryPanel callId={call.id} revision={call.revision} />;
      case 'flow':
        return <FlowPanel callId={call.id} />;
      case 'recordings':
        return <RecordedPanel callId={call.id} />;
      case 'deliveries':
        return <DeliveriesPanel callId={call.id} revision={call.revision} />;
    }
  };
  return (
    <Tabs value={tab} onChange={open} activateTabWithKeyboard={false}>
      <Tabs.List ref={list} aria-label="Of this call" className="call-tabs">
        {TABS.map(([name, label]) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {TABS.map(([name]) => (
        <Tabs.Panel key={name} value={name} pt="md">
          {opened.has(name) && (
            <PageErrors>
              <ReadOnly scope={SCOPES[name]} />
              <Suspense fallback={<Waiting />}>{panel(name)}</Suspense>
            </PageErrors>
          )}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** Says it before something is written that cannot be saved. */
function ReadOnly({ scope }: { scope: Scope | undefined }) {
  const viewer = useViewer();
  if (scope === undefined || viewer === undefined) return null;
  if (viewer.scopes.includes(scope) || viewer.scopes.includes('ADMIN')) return null;
  return (
    <Notice color="gray" mb="md" title="You may look, and not change">
      {viewer.name} lacks the scope {scope}: the gateway refuses what is sent here.
    </Notice>
  );
}

const Waiting = () => (
  <Center mih={200}>
    <Loader aria-label="Loading" />
  </Center>
);
