import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { fileFailure } from '../file-failure.ts';
import type { Workload } from './workload.ts';

/**
 * What a demo meant to write and what it was told is written, outside the store: enough to say after a SIGKILL what
 * must be there. Lines of text: the workload as JSON, then `issued N` before and `acknowledged N` after a batch, where
 * N counts writes from the start, and `phase NAME`. It is not synced: it has to outlive the process, not the machine.
 */
export interface Intent {
  readonly workload: Workload;
  readonly issued: number;
  readonly acknowledged: number;
  readonly phase: string;
}

export class IntentFile implements Disposable {
  readonly #fd: number;

  /** Fails where there is a file: an old one would speak about another store. */
  constructor(path: string, workload: Workload) {
    this.#fd = opened(path);
    this.#line(JSON.stringify(workload));
  }

  issued(writes: number): void {
    this.#line(`issued ${writes}`);
  }

  acknowledged(writes: number): void {
    this.#line(`acknowledged ${writes}`);
  }

  phase(name: string): void {
    this.#line(`phase ${name}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  // Synchronous, because it must be with the kernel before the write is issued. A few microseconds.
  #line(text: string): void {
    writeSync(this.#fd, `${text}\n`);
  }
}

const COUNT = /^\d{1,15}$/;

/** Throws on a file that is not one; an unfinished last line is not looked at. */
export function parseIntent(text: string): Intent {
  const [header, ...lines] = text.split('\n').slice(0, -1);
  if (header === undefined) throw new Error('the intent file is empty: the demo was killed before it began');
  const intent = { workload: workloadOf(header), issued: 0, acknowledged: 0, phase: 'opening' };
  for (const line of lines) {
    const [what, value = ''] = line.split(' ');
    if (what === 'phase') intent.phase = value;
    else if ((what === 'issued' || what === 'acknowledged') && COUNT.test(value)) intent[what] = Number(value);
    else throw new Error(`the intent file has a line that is none: ${JSON.stringify(line)}`);
  }
  return intent;
}

export function readIntent(path: string): Intent {
  return parseIntent(textOf(path));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileFailure(error, path, 'read');
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'ax');
  } catch (error) {
    throw fileFailure(error, path, 'write');
  }
}

function workloadOf(header: string): Workload {
  const { seed, writes, keys, valueBytes, batch } = objectIn(header);
  if ([seed, writes, keys, valueBytes, batch].every(Number.isSafeInteger)) return { seed, writes, keys, valueBytes, batch } as Workload; // just seen to be one
  throw new Error('the intent file does not begin with a workload');
}

function objectIn(header: string): Partial<Record<keyof Workload, unknown>> {
  try {
    return JSON.parse(header) ?? {};
  } catch (cause) {
    throw new Error('the intent file does not begin with a workload', { cause });
  }
}
