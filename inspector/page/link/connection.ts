import type { Bye } from '../../frames.ts';

/** How the page stands with the engine. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Nobody looks at the page: it takes nothing from the engine. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'reconnecting'; readonly attempt: number }
  /** Nothing more will come. */
  | { readonly kind: 'closed'; readonly reason: Bye['reason'] };

/** Tries after which the page says that the server is gone; it goes on trying. */
export const GONE_AFTER = 4;

export interface ConnectionText {
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  readonly label: string;
  readonly sentence?: string;
}

const CLOSED: Readonly<Record<Bye['reason'], string>> = {
  'engine closed': 'The engine has closed. What you see is its last picture.',
  'inspector closed': 'This page’s server was closed; the engine may still run. What you see is the last picture.',
};

/** `silentMs`: since the last frame; `everyMs`: between two of them. */
export function connectionText(connection: Connection, silentMs: number, everyMs: number): ConnectionText {
  switch (connection.kind) {
    case 'connecting':
      return { tone: 'quiet', label: 'connecting' };
    case 'hidden':
      return { tone: 'quiet', label: 'paused: the page is hidden' };
    case 'closed':
      return { tone: 'quiet', label: 'closed', sentence: CLOSED[connection.reason] };
    case 'reconnecting':
      if (connection.attempt < GONE_AFTER) return { tone: 'warn', label: 'reconnecting', sentence: 'The connection broke; trying again.' };
      return {
        tone: 'bad',
        label: 'server gone',
        sentence: 'The server does not answer: the process has ended, or it stands still. Still trying.',
      };
    case 'live':
      return liveText(silentMs, everyMs);
  }
}

/** The server takes its time when a frame is dear. Told in steps, because it is read aloud whenever it changes. */
const SILENT_SECONDS = [10, 30, 60, 300, 1800];

function liveText(silentMs: number, everyMs: number): ConnectionText {
  const seconds = SILENT_SECONDS.findLast((step) => silentMs >= 1000 * step);
  if (seconds === undefined || silentMs < 5 * everyMs) return { tone: 'good', label: 'live' };
  return { tone: 'warn', label: 'silent', sentence: `No frame for over ${seconds} s: the engine’s event loop is held.` };
}

/** Milliseconds before the next try. */
export function retryDelay(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
}
