import type { LithifyError } from '../protocol/errors.ts';
import type { EngineEvent } from '../protocol/events.ts';
import type { Logger } from '../protocol/options.ts';
import { sentenceOf } from './event-sentences.ts';

/** Where nothing of the kind should ever happen, whoever is affected by it. */
const GRAVE: ReadonlySet<string> = new Set(['LITHIFY_INTERNAL', 'LITHIFY_CORRUPTION']);

/** Tells the logger as pino wants it: details first, the error as `err`, a sentence last. What the logger throws hurts nothing. */
export function logEvent(logger: Logger, event: EngineEvent): void {
  try {
    logger[levelOf(event)](detailsOf(event), sentenceOf(event));
  } catch {
    // The event still reaches events$.
  }
}

function detailsOf({ error, ...rest }: { readonly type: string; readonly error?: LithifyError }): object {
  return error === undefined ? rest : { ...rest, err: error };
}

/** error: something is broken; warn: somebody waits, or data may go; info: a few lines in the life of a store; debug: routine. */
export function levelOf(event: EngineEvent): keyof Logger {
  if (event.type === 'storageFailed') return 'error';
  if ('error' in event && event.error !== undefined) return GRAVE.has(event.error.code) ? 'error' : 'warn';
  switch (event.type) {
    case 'writersWaiting':
    case 'producersWaiting':
      return 'warn';
    case 'groupHoldsLog':
      return event.expired ? 'warn' : 'info';
    case 'compacted':
      return event.kind === 'major' ? 'info' : 'debug';
    case 'opened':
    case 'recorderDumped':
    case 'closed':
    case 'ingested':
    case 'writersResumed':
    case 'producersResumed':
    case 'storageRecovered':
      return 'info';
    default:
      return 'debug';
  }
}
