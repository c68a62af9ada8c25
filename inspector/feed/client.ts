import type { ServerResponse } from 'node:http';
import type { Bye, Hello } from '../frames.ts';
import { plainJson } from '../plain-json.ts';
import type { EntriesOfLook } from './new-entries.ts';
import type { Sample } from './sampler.ts';

/** Who takes nothing for so long is let go; a browser that lives comes again by itself. */
const PATIENCE_MS = 60_000;

/** One page that looks. Holds at most one frame that it has not taken yet. */
export class Client {
  readonly #response: ServerResponse;
  #seenFrame = 0;
  #seenEntry: number | undefined;
  #droppedFrames = 0;
  #droppedEntries = 0;
  #waitsSince: number | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  hello(hello: Hello): void {
    this.#write(hello.type, plainJson(hello));
  }

  /** A frame is due: has it taken the last one? If not, it misses this one, and at last its place. */
  isReady(nowMs: number): boolean {
    if (!this.#response.writableNeedDrain) {
      this.#waitsSince = undefined;
      return true;
    }
    this.#droppedFrames++;
    this.#waitsSince ??= nowMs;
    if (nowMs - this.#waitsSince > PATIENCE_MS) this.#response.destroy();
    return false;
  }

  frame(sample: Sample, look: EntriesOfLook): void {
    const entries = this.#newEntries(look);
    const counts = `"droppedFrames":${this.#droppedFrames},"droppedEntries":${this.#droppedEntries}`;
    const changed = sample.changedSince(this.#seenFrame);
    this.#seenFrame = sample.n;
    this.#write('frame', `{"type":"frame","n":${sample.n},${counts},${sample.always},"entries":${entries}${changed}}`);
  }

  /** The last that it gets. */
  bye(bye: Bye): void {
    this.#write(bye.type, plainJson(bye));
    this.#response.end();
  }

  /** What came before the client did is not dropped: it only was not there. */
  #newEntries(look: EntriesOfLook): string {
    const { json, count, last } = look.since(this.#seenEntry ?? 0);
    if (this.#seenEntry !== undefined) this.#droppedEntries += Math.max(0, last - this.#seenEntry - count);
    this.#seenEntry = last;
    return json;
  }

  #write(event: string, json: string): void {
    if (!this.#response.destroyed) this.#response.write(`event: ${event}\ndata: ${json}\n\n`);
  }
}
