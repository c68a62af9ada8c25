import type { FlightRecorder } from '../protocol/recorder.ts';
import { pauseAfter } from './feed/pace.ts';
import { plainJson } from './plain-json.ts';

/** A large recorder holds the event loop while it is put into words: no more than this share of its time, whoever asks. */
const PACE = { everyMs: 0, share: 0.1 };

/** What the recorder holds, to be kept as a file. Who asks soon after another gets the same. */
export class RecorderFile {
  readonly #recorder: Pick<FlightRecorder, 'dump'>;
  readonly #after: (ms: number, forget: () => void) => void;
  #fresh: Uint8Array | undefined;

  constructor(recorder: Pick<FlightRecorder, 'dump'>, after: (ms: number, forget: () => void) => void = later) {
    this.#recorder = recorder;
    this.#after = after;
  }

  take(): Uint8Array {
    if (this.#fresh !== undefined) return this.#fresh;
    const start = performance.now();
    const made = Buffer.from(plainJson(this.#recorder.dump()));
    this.#fresh = made;
    this.#after(pauseAfter(performance.now() - start, PACE), () => (this.#fresh = undefined));
    return made;
  }
}

function later(ms: number, forget: () => void): void {
  setTimeout(forget, ms).unref();
}
