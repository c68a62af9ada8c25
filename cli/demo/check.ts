import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../../index.ts';
import type { Versions } from './versions.ts';
import { keyNumber, keyText, type Workload, writeValue } from './workload.ts';

export interface Findings {
  /** Keys read one by one. */
  readonly gets: number;
  /** Entries seen by the scan. */
  readonly scanned: number;
  /** Acknowledged, and not there. */
  readonly missing: number;
  /** There with another value than the last acknowledged one. */
  readonly wrong: number;
  /** There, and deleted or never written. */
  readonly unexpected: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

export function isSound({ missing, wrong, unexpected }: Findings): boolean {
  return missing === 0 && wrong === 0 && unexpected === 0;
}

/** Reads between two turns of the event loop: what is cached is read without one. */
const PAGE = 100;
const EXAMPLES = 5;

/** Compares every key with what was acknowledged, once by get and once by a scan of everything. */
export async function checkEveryKey(engine: Engine, workload: Workload, versions: Versions, signal: AbortSignal): Promise<Findings> {
  const checker = new Checker(workload, versions);
  await checkByGet(engine, workload, checker, signal);
  await checkByScan(engine, workload, checker, signal);
  return checker.findings();
}

async function checkByGet(engine: Engine, { keys }: Workload, checker: Checker, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < keys; from += PAGE) {
    await setImmediate();
    signal.throwIfAborted();
    const page = Array.from({ length: Math.min(PAGE, keys - from) }, (_, index) => from + index);
    const values = await Promise.all(page.map((key) => engine.kv.get<string, Uint8Array>(keyText(key), { valueEncoding: 'view' })));
    for (const [index, key] of page.entries()) checker.got(key, values[index]);
  }
}

async function checkByScan(engine: Engine, { keys }: Workload, checker: Checker, signal: AbortSignal): Promise<void> {
  let next = 0;
  const iterator = engine.kv.iterator<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' });
  try {
    for (let page = await iterator.nextv(PAGE); page.length > 0; page = await iterator.nextv(PAGE)) {
      await setImmediate();
      signal.throwIfAborted();
      for (const [key, value] of page) next = checker.saw(next, key, value);
    }
  } finally {
    await iterator.close();
  }
  checker.skipped(next, keys);
}

class Checker {
  readonly #workload: Workload;
  readonly #versions: Versions;
  readonly #expected: Buffer;
  readonly #counts = { gets: 0, scanned: 0, missing: 0, wrong: 0, unexpected: 0 };
  readonly #examples: string[] = [];

  constructor(workload: Workload, versions: Versions) {
    this.#workload = workload;
    this.#versions = versions;
    this.#expected = Buffer.alloc(workload.valueBytes);
  }

  got(key: number, value: Uint8Array | undefined): void {
    this.#counts.gets++;
    const version = this.#versions.of(key);
    if (value !== undefined) this.#compare(key, version, value);
    else if (version !== 0) this.#count('missing', `get: ${keyText(key)} is missing`);
  }

  /** `next`: the least key that the scan may come to now. Returns the one for the entry after this. */
  saw(next: number, key: Uint8Array, value: Uint8Array): number {
    this.#counts.scanned++;
    const number = keyNumber(key);
    if (number < next || number >= this.#workload.keys) {
      this.#count('unexpected', `scan: ${Buffer.from(key).toString('latin1')} where a key of at least ${keyText(next)} belongs`);
      return next;
    }
    this.skipped(next, number);
    this.#compare(number, this.#versions.of(number), value);
    return number + 1;
  }

  /** The scan has left these keys out; right only where none of them has a value. */
  skipped(from: number, to: number): void {
    for (let key = from; key < to; key++) if (this.#versions.of(key) !== 0) this.#count('missing', `scan: ${keyText(key)} is missing`);
  }

  findings(): Findings {
    return { ...this.#counts, examples: this.#examples };
  }

  #compare(key: number, version: number, value: Uint8Array): void {
    if (version === 0) {
      this.#count('unexpected', `${keyText(key)} is there, and was deleted or never written`);
      return;
    }
    writeValue(this.#expected, 0, this.#workload, key, version);
    if (!this.#expected.equals(value)) this.#count('wrong', `${keyText(key)} is not at version ${version}: ${excerpt(value)}`);
  }

  #count(what: 'missing' | 'wrong' | 'unexpected', example: string): void {
    this.#counts[what]++;
    if (this.#examples.length < EXAMPLES) this.#examples.push(example);
  }
}

function excerpt(value: Uint8Array): string {
  return JSON.stringify(Buffer.from(value.subarray(0, 24)).toString('latin1'));
}
