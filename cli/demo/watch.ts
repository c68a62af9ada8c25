import { createLogUpdate } from 'log-update';
import type { Engine } from '../../index.ts';
import { bytesOnDisk } from './measure.ts';
import { type Picture, renderLine, renderPicture } from './render.ts';
import type { Phase } from './summary.ts';
import type { Versions } from './versions.ts';

const TERMINAL_MS = 200;
const LOG_MS = 2000;

/** Shows on stderr what the engine is doing: a live view on a terminal, a line every two seconds elsewhere. */
export class Watch implements Disposable {
  // A terminal without a size (`script` makes such ones) would show nothing.
  readonly #live = process.stderr.isTTY && process.stderr.rows > 0 ? createLogUpdate(process.stderr) : undefined;
  readonly #location: string;
  readonly #versions: Versions;
  readonly #writes: number;
  readonly #timer: NodeJS.Timeout;
  #engine: Engine | undefined;
  #phase: Phase = 'opening';
  #seen = { acknowledged: 0, at: performance.now() };
  #drawing = false;
  #done = false;

  constructor(location: string, versions: Versions, writes: number) {
    this.#location = location;
    this.#versions = versions;
    this.#writes = writes;
    this.#timer = setInterval(() => void this.#draw(), this.#live ? TERMINAL_MS : LOG_MS);
  }

  phase(phase: Phase): void {
    this.#phase = phase;
    void this.#draw();
  }

  /** undefined while there is none open. */
  look(engine: Engine | undefined): void {
    this.#engine = engine;
  }

  [Symbol.dispose](): void {
    this.#done = true;
    clearInterval(this.#timer);
    this.#live?.clear();
    this.#live?.done();
  }

  async #draw(): Promise<void> {
    if (this.#drawing) return;
    this.#drawing = true;
    const disk = await bytesOnDisk(this.#location);
    this.#drawing = false;
    if (this.#done) return;
    const picture = this.#picture(disk);
    if (this.#live) this.#live(renderPicture(picture));
    else process.stderr.write(`${renderLine(picture)}\n`);
  }

  #picture(disk: number): Picture {
    const [acknowledged, at] = [this.#versions.applied, performance.now()];
    const writesPerSecond = ((acknowledged - this.#seen.acknowledged) * 1000) / Math.max(1, at - this.#seen.at);
    this.#seen = { acknowledged, at };
    return { phase: this.#phase, writes: this.#writes, acknowledged, writesPerSecond, bytesOnDisk: disk, stats: this.#engine?.stats() };
  }
}
