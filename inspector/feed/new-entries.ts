import type { FlightRecorder } from '../../protocol/recorder.ts';
import { plainJson } from '../plain-json.ts';

const MOST = 200;

export interface NewEntries {
  readonly json: string;
  readonly count: number;
  /** Number of the last one that there is. */
  readonly last: number;
}

/** The recorder at one look. Pages that keep up have all seen the same, and what is new to them is put into words once. */
export class EntriesOfLook {
  readonly #recorder: FlightRecorder;
  readonly #since = new Map<number, NewEntries>();

  constructor(recorder: FlightRecorder) {
    this.#recorder = recorder;
  }

  /** At most some hundreds, the newest. */
  since(n: number): NewEntries {
    const known = this.#since.get(n);
    if (known !== undefined) return known;
    const { entries, last } = this.#recorder.since(n, MOST);
    const made = { json: plainJson(entries), count: entries.length, last };
    this.#since.set(n, made);
    return made;
  }
}
