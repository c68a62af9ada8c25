import { Bench, del, drainSync, put, show, TINY, text } from '../../../spec/support/tables.ts';
import { MAX_SEQUENCE } from '../../../storage/entry.ts';
import { runJob } from '../../../storage/jobs/run-job.ts';
import { pointersOf } from '../../../storage/salvage/tables/table-map.ts';
import { type Block, openBlock } from '../../../storage/sst/block.ts';
import { lowerBound } from '../../../storage/sst/block-search.ts';
import { BlockSource } from '../../../storage/sst/block-source.ts';
import { mayContain } from '../../../storage/sst/bloom.ts';
import { EntryView } from '../../../storage/sst/entry-view.ts';
import { decodeTotals } from '../../../storage/sst/footer.ts';
import { BlockType, hasEntries } from '../../../storage/sst/format.ts';
import { runCursor } from '../../../storage/sst/run-cursor.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import { TableReader } from '../../../storage/sst/table-reader.ts';
import { Broken, type Decoder, isCoded, must, mustEqual, NotOne, once, resealedBlock } from '../decoder.ts';
import type { Meter } from '../meter.ts';
import { joined } from '../mutations.ts';

const KEYS = ['', 'key11', 'key15', 'key16x', 'zzz'].map(text);

/** A table of several partitions' worth of kinds: data, filter, index, footer. */
interface Sound {
  readonly bench: Bench;
  readonly table: TableMeta;
  readonly blocks: readonly Uint8Array[];
  readonly entries: readonly string[];
}

async function soundTable(): Promise<Sound> {
  const bench = new Bench();
  const entries = Array.from({ length: 24 }, (_, n) => (n % 5 === 4 ? del(`key${n + 10}`, n + 1) : put(`key${n + 10}`, n + 1)));
  const more = [put('key10', 1000, 'x'.repeat(200)), put('key12', 2 ** 40, 'late')];
  const [table] = await bench.write([...entries, ...more], { ...TINY, tableBytes: 1e6 });
  const blocks = (bench.blobs.visible.get(table.id) ?? []).map((block) => block.slice());
  return { bench, table, blocks, entries: drainSync(runCursor([table], { source: bench.source() })).map(show) };
}

const TABLE = once(soundTable);

function blockDecoder(name: string, type: BlockType, covers: readonly string[]): Decoder<Uint8Array> {
  return {
    name,
    covers: ['openBlock', ...covers],
    samples: async () => (await TABLE()).blocks.filter((block) => block[1] === type),
    isSealed: true,
    reseal: resealedBlock,
    decode: async (bytes, meter) => {
      const { blocks, table } = await TABLE();
      for (const [number, block] of blocks.entries()) {
        if (block[1] !== type || (bytes.length > 8 && bytes[8] !== number)) continue;
        return look(openBlock(bytes, { blobId: table.id, number, type }, meter.checksum), meter);
      }
      throw new NotOne('a number that no block of the table has');
    },
  };
}

function look(block: Block, meter: Meter): void {
  if (block.type === BlockType.footer) decodeTotals(block);
  if (block.type === BlockType.filter) for (const key of KEYS) must(typeof mayContain(block, key) === 'boolean', 'no answer');
  if (!hasEntries(block.type)) return;
  if (block.type !== BlockType.data) for (const pointer of pointersOf(block)) meter.step(1 + pointer.lastKey.length);
  for (const key of KEYS) must(lowerBound(block, key, MAX_SEQUENCE) <= block.count, 'a place behind the last');
  const view = new EntryView();
  for (let index = 0; index < block.count; index++) {
    meter.step();
    view.decode(block, index);
    const isWithin = view.keyStart >= block.base && view.keyStart <= view.keyEnd && view.keyEnd <= view.valueEnd;
    must(isWithin && view.valueEnd <= block.limit && view.seq >= 0, 'an entry outside of its block');
  }
}

export const SST_DECODERS: readonly Decoder<Uint8Array>[] = [
  blockDecoder('a data block', BlockType.data, ['EntryView', 'lowerBound']),
  blockDecoder('an index block', BlockType.index, ['pointersOf']),
  blockDecoder('a filter block', BlockType.filter, ['mayContain']),
  blockDecoder('a footer', BlockType.footer, ['decodeTotals', 'pointersOf']),
  {
    // The first byte says which block the rest stands in place of.
    name: 'a table with a bad block',
    covers: ['RunCursor', 'TableReader', 'Lookup', 'TableVerifier'],
    samples: async () => (await TABLE()).blocks.map((block, number) => joined(Uint8Array.of(number), block)),
    reseal: (bytes) => joined(bytes.subarray(0, 1), resealedBlock(bytes.subarray(1))),
    room: 256 * 1024,
    decode: async (bytes, meter) => {
      const { bench, table, blocks, entries } = await TABLE();
      const number = (bytes[0] ?? 0) % blocks.length;
      const given = bytes.slice(1);
      bench.blobs.reads.length = 0;
      bench.blobs.before = () => meter.step();
      bench.blobs.visible.set(table.id, blocks.with(number, given) as Uint8Array[]); // a copy, which nobody else has
      const isSound = Buffer.compare(given, blocks[number]) === 0;
      const isForged = given.length > 4 && Buffer.compare(given, resealedBlock(given)) === 0;
      const found = refusedOr(() => drainSync(runCursor([table], { source: sourceOf(bench, meter) })).map(show));
      if (!isForged && found !== undefined) mustEqual(found, entries, 'a scan gave what was not written');
      refusedOr(() => drainSync(runCursor([table], { source: sourceOf(bench, meter), reverse: true })));
      const reader = new TableReader({ blobs: bench.blobs, checksum: meter.checksum });
      for (const key of KEYS) refusedOr(() => reader.getSync(table, key, MAX_SEQUENCE));
      const { damage } = await runJob({ kind: 'verify', tables: [table] }, { ...bench.context(), checksum: meter.checksum });
      must((damage.length === 0) === isSound || isForged, 'what verify says is wrong');
      must(found !== undefined || damage.length > 0, 'verify did not find what a read met');
    },
  },
];

function sourceOf({ blobs }: Bench, meter: Meter): BlockSource {
  return new BlockSource({ blobs, checksum: meter.checksum });
}

/** What it gives; undefined: it refused, by a code. */
function refusedOr<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Broken || !isCoded(error)) throw error;
    return undefined;
  }
}
