import type { FlightRecorder } from '../protocol/recorder.ts';
import { refuse } from './http/answer.ts';
import { answerInSlices } from './http/answer-in-slices.ts';
import type { Exchange } from './http/server.ts';
import { LoopShare } from './loop-share.ts';
import { recorderSlices } from './recorder-slices.ts';

/** Of the event loop's time, for all downloads of an engine. Fifty thousand entries are half a second of it. */
const PACE = { everyMs: 0, share: 0.2 };
/** Each holds the entries of its moment as long as it lasts. */
const MOST_AT_ONCE = 4;
const FILE = { type: 'application/json', headers: { 'content-disposition': 'attachment; filename="lithify-recorder.json"' } };

/** What the recorder holds, to be kept as a file, whoever asks and however slowly they take it. */
export class RecorderDownloads {
  readonly #recorder: Pick<FlightRecorder, 'capture'>;
  readonly #share = new LoopShare(PACE);
  #count = 0;

  constructor(recorder: Pick<FlightRecorder, 'capture'>) {
    this.#recorder = recorder;
  }

  async serve(exchange: Pick<Exchange, 'response' | 'patienceMs'>): Promise<void> {
    if (this.#count >= MOST_AT_ONCE) return refuse(exchange.response, 503, 'Too many download the recorder just now.');
    this.#count++;
    try {
      const slices = recorderSlices(await this.#share.take(() => this.#recorder.capture()));
      await answerInSlices(exchange, FILE, () => this.#share.take(() => slices.next().value));
    } finally {
      this.#count--;
    }
  }
}
