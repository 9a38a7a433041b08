import type { CallDimension, CallSystem } from '../gql/graphql';
import { VENDOR_NAMES } from '../ui/vendor-names';
import { words } from '../ui/words';
import type { CallsView, ListName, Span } from './view';

export const SPAN_NAMES: Record<Span, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
};

/** How the page names a list of values, and where its menu takes them from; null where the gateway has no counts. */
export const LIST_MENUS: Record<ListName, { label: string; dimension: CallDimension | null }> = {
  status: { label: 'Status', dimension: 'STATUS' },
  direction: { label: 'Direction', dimension: 'DIRECTION' },
  system: { label: 'Vendor', dimension: 'SYSTEM' },
  assistant: { label: 'Assistant', dimension: 'ASSISTANT' },
  staff: { label: 'Staff', dimension: 'STAFF' },
  tag: { label: 'Tag', dimension: 'TAG' },
  channel: { label: 'Channel', dimension: 'CHANNEL' },
  delivery: { label: 'Delivery', dimension: null },
};

/** A value of a list as people read it. */
export function valueName(name: ListName, value: string): string {
  if (name === 'system') return VENDOR_NAMES[value as CallSystem] ?? value;
  return name === 'status' || name === 'direction' || name === 'delivery' ? words(value) : value;
}

/** On the button of a list's menu. */
export function menuLabel(name: ListName, view: CallsView): string {
  const count = view.lists[name].length;
  return count > 0 ? `${LIST_MENUS[name].label}: ${count}` : LIST_MENUS[name].label;
}
