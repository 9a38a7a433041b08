import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { fetcherOf } from './fetcher.js';
import { KeyInEveryTab, NO_KEY } from './key-in-every-tab.js';
import { linkedBy } from './linked.js';
import { LinkedInFront } from './linked-in-front.js';
import { OPERATIONS } from './operations.js';

/** Of the build: the addresses of Monaco's workers, relative to this script. */
declare const WORKERS: Record<string, string>;

window.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(new URL(WORKERS[label] ?? WORKERS.editor ?? '', import.meta.url)),
};

const url = `${location.origin}${location.pathname}`;
const sandbox = `https://studio.apollographql.com/sandbox/explorer?endpoint=${encodeURIComponent(url)}`;
const linked = linkedBy(location.search);
const tabs = [...(linked ? [linked] : []), ...OPERATIONS.map((query) => ({ query }))];
const root = document.getElementById('explorer');
if (root === null) throw new Error('the page has no place for the explorer');

createRoot(root).render(
  <GraphiQL
    fetcher={fetcherOf(url)}
    defaultTabs={tabs.map((tab) => ({ ...tab, headers: NO_KEY }))}
    {...(linked && { initialQuery: linked.query, initialVariables: linked.variables })}
    defaultHeaders={NO_KEY}
    defaultEditorToolsVisibility="headers"
    showPersistHeadersSettings
  >
    <GraphiQL.Logo>
      <a
        href={sandbox}
        target="_blank"
        rel="noreferrer"
        title="Apollo's page asks this gateway from its own origin, which CORS_ORIGINS has to allow"
      >
        Open in Apollo Sandbox
      </a>
      Switchboard
    </GraphiQL.Logo>
    <KeyInEveryTab />
    {linked && <LinkedInFront {...linked} />}
  </GraphiQL>,
);
