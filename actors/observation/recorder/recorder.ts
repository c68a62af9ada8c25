import type { InspectionEvent } from 'xstate';
import type { EngineEvent } from '../../../protocol/events.ts';
import type { FlightRecorder, RecorderDump, RecorderEntry } from '../../../protocol/recorder.ts';
import type { Runtime } from '../../../protocol/runtime.ts';
import type { Observed } from '../observation.ts';

/** The last messages, transitions, decisions and events of an engine, in a bounded ring. */
export class Recorder implements FlightRecorder {
  constructor(_engine: Observed, _runtime: Runtime) {}

  /** An observer of all actors. */
  readonly inspect = (_event: InspectionEvent): void => {};

  /** Hears of every engine event. */
  noteEvent(_event: EngineEvent): void {}

  since(_n: number, _limit?: number): { readonly entries: readonly RecorderEntry[]; readonly last: number } {
    return { entries: [], last: 0 };
  }

  dump(_reason?: string): RecorderDump {
    throw new Error('being written');
  }

  save(_directory?: string): Promise<string> {
    throw new Error('being written');
  }
}
