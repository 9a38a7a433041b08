import { gatewayUrl } from './gateway-path';

/** What the gateway says to its own page: src/http/wallboard.ts. */
export interface Settings {
  /** Null if people sign in by keys alone here. */
  issuer: Issuer | null;
  /** Whether calls can be simulated. */
  hasDemo: boolean;
}

export interface Issuer {
  url: string;
  clientId: string;
  scope: string;
  audience?: string;
}

export async function readSettings(): Promise<Settings> {
  const response = await fetch(gatewayUrl('/wallboard/settings.json'));
  if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
  return response.json();
}
