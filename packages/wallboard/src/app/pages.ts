import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { named } from './named';

/** Pages by their paths. The gateway answers with the same document at each of them: src/http/wallboard.ts. */
export interface PageEntry {
  /** As wouter writes it. */
  path: string;
  /** In the menu, if it is there. */
  label?: string;
  Page: LazyExoticComponent<ComponentType>;
}

export const PAGES: readonly PageEntry[] = [
  { path: '/', label: 'Calls', Page: lazy(() => import('../calls/calls-page').then(named('CallsPage'))) },
  { path: '/calls/:id', Page: lazy(() => import('../call/call-page').then(named('CallPage'))) },
  {
    path: '/figures',
    label: 'Figures',
    Page: lazy(() => import('../figures/figures-page').then(named('FiguresPage'))),
  },
  {
    path: '/deliveries',
    label: 'Deliveries',
    Page: lazy(() => import('../deliveries/deliveries-page').then(named('DeliveriesPage'))),
  },
  {
    path: '/accounts',
    label: 'Accounts',
    Page: lazy(() => import('../accounts/accounts-page').then(named('AccountsPage'))),
  },
  {
    path: '/inbox',
    label: 'Inbox',
    Page: lazy(() => import('../inbox/inbox-page').then(named('InboxPage'))),
  },
];
