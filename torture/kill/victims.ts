import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./victim.ts', import.meta.url));

/** When a victim's end comes: so long after it was told to begin, or after so many operations, whichever is first. */
export interface Moment {
  readonly afterMs: number;
  readonly afterOperations: number;
}

/** A process that has loaded its code and waits to be told to begin. */
export class Victim {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';
  #complaint = '';
  #wake = Promise.withResolvers<void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'close');
    child.stdout?.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')));
    child.stderr?.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString()));
    void this.#ended.then(() => this.#wake.resolve());
    running.add(child);
    child.once('close', () => running.delete(child));
  }

  static start(location: string, intent: string, seed: number): Victim {
    const args = ['--conditions=lithify-source', SCRIPT, location, intent, String(seed)];
    return new Victim(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** Lets it work until its moment has come, kills it, and resolves when it is gone. Throws what it had to complain of. */
  async killAt({ afterMs, afterOperations }: Moment): Promise<void> {
    await this.#until(() => this.#said.startsWith('ready'));
    this.#child.stdin?.write('go\n');
    const time = new AbortController();
    const late = delay(afterMs, undefined, { signal: time.signal }).catch(() => undefined);
    await Promise.race([late, this.#until(() => this.#operations >= afterOperations)]);
    time.abort();
    await this.end();
    if (this.#complaint !== '') throw new Error(`the victim ended by itself: ${this.#complaint.trim()}`);
  }

  /** However it stands with it. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  get #operations(): number {
    return this.#said
      .split('\n')
      .slice(0, -1)
      .reduce((sum, line) => sum + (Number(line) || 0), 0);
  }

  #hear(text: string): void {
    this.#said += text;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.#child.exitCode === null && this.#child.signalCode === null) await this.#wake.promise;
  }
}

// Who is told to stop must not leave its children running.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
