import '@mantine/core/styles.layer.css';
import './app/app.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { openSession } from './session/session';

openSession();
// Back from the issuer's page; what reads its answer is loaded for that alone.
if (/[?&](?:code|error)=/.test(location.search)) {
  const { isBackFromIssuer, takeAnswer } = await import('./session/issuer');
  if (isBackFromIssuer()) await takeAnswer();
}
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element for the app');
createRoot(root).render(<App />);
