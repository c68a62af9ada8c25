import { Presets, SingleBar } from 'cli-progress';
import { bytesText, countText } from './format.ts';

/** A bar on a terminal, on stderr, so that stdout stays what the command prints; nothing elsewhere. */
export class LoadProgress {
  readonly #bar: SingleBar | undefined;
  #bytes = 0;

  /** `size`: bytes to come; undefined for a pipe, whose end nobody knows. */
  constructor(size: number | undefined, what = 'loading', unit = 'lines') {
    if (!process.stderr.isTTY) return;
    const done = `{done}  {lines} ${unit}`;
    const format = size === undefined ? `${what}  ${done}` : `${what} [{bar}] {percentage}%  ${done}  {eta_formatted} left`;
    this.#bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
    this.#bar.start(Math.max(1, size ?? 1), 0, { done: bytesText(0), lines: '0' });
  }

  advance(bytes: number, lines: number): void {
    this.#bytes += bytes;
    this.#bar?.update(this.#bytes, { done: bytesText(this.#bytes), lines: countText(lines) });
  }

  /** A line on stderr, above the bar where there is one. */
  say(line: string): void {
    process.stderr.write(this.#bar === undefined ? `${line}\n` : `\r\x1b[K${line}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
