import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../index.ts';
import { ENTRY_BYTES, encodeKey, keyNumber } from '../data.ts';
import type { Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import { BATCH, type Context, type Workload } from './workload.ts';

type Pair = readonly [Uint8Array, Uint8Array];

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const;
/** Longer than the engine waits before it tidies up. */
const REST_MS = 700;

/** The same pairs, sorted, through one ingest; as sorted batches; and as batches of random keys. */
export const ingests: readonly Workload[] = [
  {
    ...about('ingest'),
    run: (context) =>
      written('ingest', context, async (engine) => {
        await engine.kv.ingest(sorted(context), VIEW);
      }),
  },
  {
    ...about('sorted batches'),
    run: (context) => written('sorted batches', context, (engine) => batches(engine, sorted(context))),
  },
  {
    ...about('random batches'),
    run: (context) => written('random batches', context, (engine) => batches(engine, shuffled(context))),
  },
];

function about(name: string): Pick<Workload, 'name' | 'rows' | 'durabilities' | 'subjects'> {
  return { name, rows: [name], durabilities: ['fsync'], subjects: ['lithify'] };
}

function* sorted({ data, sizes: { records } }: Context): Generator<Pair> {
  const keys = BigUint64Array.from({ length: records }, (_, n) => keyNumber(n)).sort();
  for (let n = 0; n < records; n++) yield [encodeKey(keys[n]), data.value(n)];
}

function* shuffled({ data, sizes: { records } }: Context): Generator<Pair> {
  for (let n = 0; n < records; n++) yield data.pair(n);
}

async function batches({ kv }: Engine, pairs: Iterable<Pair>): Promise<void> {
  let batch: { type: 'put'; key: Uint8Array; value: Uint8Array }[] = [];
  for (const [key, value] of pairs) {
    batch.push({ type: 'put', key, value });
    if (batch.length < BATCH) continue;
    await kv.batch<Uint8Array, Uint8Array>(batch, VIEW);
    batch = [];
  }
  await kv.batch<Uint8Array, Uint8Array>(batch, VIEW);
}

/** The speed is that of the load; what was written is counted when there is nothing left to do. */
async function written(row: string, context: Context, load: (engine: Engine) => Promise<void>): Promise<void> {
  const { records } = context.sizes;
  const engine = await context.openEngine();
  const before = await writtenByProcess();
  const measured = await measure(async () => {
    await load(engine);
    return records;
  });
  await rest(engine);
  const { writes, bytesWritten } = engine.stats();
  const after = await writtenByProcess();
  const figures = [
    ...inAll('written, as the engine counts', writes.bytes + bytesWritten, records),
    ...(before === undefined || after === undefined ? [] : inAll('written, as the system counts', after - before, records)),
  ];
  context.report(row, measured, ENTRY_BYTES, figures);
  await engine.close();
}

function inAll(name: string, bytes: number, records: number): Figure[] {
  return [
    { name, value: bytes, unit: 'bytes' },
    { name: `${name}, ÷ keys and values`, value: bytes / (records * ENTRY_BYTES), unit: 'times' },
  ];
}

/** Everything flushed, merged and deleted that the engine wants to. */
async function rest(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MinorCompact' });
  for (;;) {
    await sleep(REST_MS);
    const { mailbox, memtables, garbage } = engine.stats();
    const waiting = Object.values(mailbox.byType).reduce((sum, count) => sum + count, 0);
    if (waiting + mailbox.running + memtables.sealed.length + garbage.blobs === 0) return;
  }
}

/** Bytes that this process, all its threads, has caused to be sent to the disk; undefined where the system does not tell. */
async function writtenByProcess(): Promise<number | undefined> {
  const text = await readFile('/proc/self/io', 'utf8').catch(() => '');
  const found = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
