import { asLithifyError, type LithifyError } from '../../../protocol/errors.ts';
import type { EngineEvent } from '../../../protocol/events.ts';

/** What is never part of an ordinary day, wherever it is met. */
const GRAVE: ReadonlySet<string> = new Set(['LITHIFY_INTERNAL', 'LITHIFY_CORRUPTION']);

/** The failure that an event tells of, if it is one that people will want to look into. */
export function failureIn(event: EngineEvent): LithifyError | undefined {
  const error = 'error' in event ? event.error : undefined;
  if (error === undefined) return undefined;
  const isGrave = event.type === 'storageFailed' || event.type === 'workerDied' || GRAVE.has(error.code);
  return isGrave ? error : undefined;
}

/** An actor broke: only a defect of lithify does that. */
export function defectOf(error: unknown): LithifyError {
  return asLithifyError(error, 'LITHIFY_INTERNAL', 'An actor of the engine broke');
}
