import type { InspectionEvent } from 'xstate';
import type { EngineOptions } from '../protocol/options.ts';

/** A throwing observer would wedge the actor that it looks at. */
export function guarded(inspect: NonNullable<EngineOptions['inspect']>): (event: InspectionEvent) => void {
  return (event) => {
    try {
      inspect(event);
    } catch {
      // The observer's own affair.
    }
  };
}
