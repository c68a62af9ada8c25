import { FlatOffsets } from '../../../storage/log/strategies/flat-offsets.ts';
import { FlatQueues } from '../../../storage/log/strategies/flat-queues.ts';
import { random } from '../../data.ts';
import type { Figure } from '../../figure.ts';
import { type Measured, measure } from '../../measure.ts';
import type { Context } from '../workload.ts';
import { LOG_KEY_BYTES } from './records.ts';

const GiB = 1024 ** 3;
/** Offsets kept of each key. */
const N = 10;

export async function fillTables({ sizes: { keys }, wants, report }: Context): Promise<void> {
  const words = randomWords(2 * keys);
  // Kept to the end: memory that is given back meanwhile would be taken off the next row's.
  const held: object[] = [];
  for (const [row, fill] of [['keys', keyBased] as const, ['nth keys', nth] as const]) {
    if (!wants(row)) continue;
    const before = process.memoryUsage().rss;
    const { measured, bytes, tables } = await fill(words, keys);
    const rss = process.memoryUsage().rss - before;
    report(row, measured, LOG_KEY_BYTES, figuresOf(keys, bytes, rss));
    held.push(...tables);
  }
  if (held.length === 0) throw new Error('No table was filled.');
}

interface Filled {
  readonly measured: Measured;
  /** Of all buffers, whether touched or not. */
  readonly bytes: number;
  readonly tables: readonly object[];
}

async function keyBased(words: Uint32Array, keys: number): Promise<Filled> {
  const table = FlatOffsets.create(keys);
  const measured = await measure(async () => {
    for (let i = 0; i < keys; i++) table.set(words[2 * i], words[2 * i + 1], i);
    return keys;
  });
  return { measured, bytes: table.buffer.byteLength, tables: [table] };
}

/** The map that is made of it at the end stands beside it, so it counts as well. All of a key's room is there from its first record on. */
async function nth(words: Uint32Array, keys: number): Promise<Filled> {
  const table = FlatQueues.create({ maxKeys: keys, n: N });
  const measured = await measure(async () => {
    for (let i = 0; i < keys; i++) table.push(words[2 * i], words[2 * i + 1], i);
    return keys;
  });
  const map = await table.collect(false);
  const { index, segments } = table.share();
  const buffers = [index, map.buffer, ...segments];
  return { measured, bytes: buffers.reduce((sum, { byteLength }) => sum + byteLength, 0), tables: [table, map] };
}

function figuresOf(keys: number, bytes: number, rss: number): Figure[] {
  return [
    { name: 'keys', value: keys, unit: 'count' },
    { name: 'a key, by arithmetic', value: bytes / keys, unit: 'bytesEach' },
    { name: 'a key, by RSS', value: rss / keys, unit: 'bytesEach' },
    { name: 'keys per GiB, by arithmetic', value: (GiB / bytes) * keys, unit: 'count' },
    { name: 'keys per GiB, by RSS', value: (GiB / rss) * keys, unit: 'count' },
  ];
}

function randomWords(count: number): Uint32Array {
  const next = random(5);
  return Uint32Array.from({ length: count }, () => Math.floor(next() * 2 ** 32));
}
