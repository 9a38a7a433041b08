export type CallTransition = 'ENTERED' | 'STILL' | 'LEFT';
