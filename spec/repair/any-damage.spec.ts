import { open as openFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { LithifyError } from '../../index.ts';
import { recordLength } from '../../storage/wal/record.ts';
import { SEGMENT_HEADER_BYTES } from '../../storage/wal/segment.ts';
import { changeBlocks } from '../support/damage.ts';
import { quiet } from '../support/engines.ts';
import { removeBlocks } from './support/blocks.ts';
import { changeManifest } from './support/manifests.ts';
import { type BuiltStore, copyOf, entries, keyOf, picture, repaired, settle, storeWith } from './support/stores.ts';
import { faultIn } from './support/written.ts';

/** Where in a file, or in a list, from its beginning to its end. */
const anyPlace = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const anyFile = fc.record({ file: anyPlace, at: anyPlace });
const anyHarm = fc.oneof(
  anyFile.map((place) => ({ kind: 'flip' as const, ...place })),
  anyFile.map((place) => ({ kind: 'zero' as const, ...place })),
  anyFile.map((place) => ({ kind: 'cut' as const, ...place })),
  anyFile.map((place) => ({ kind: 'remove' as const, ...place })),
  anyFile.map((place) => ({ kind: 'block' as const, ...place })),
  anyFile.map((place) => ({ kind: 'lose block' as const, ...place })),
  anyFile.map((place) => ({ kind: 'entry' as const, ...place })),
);
type Harm = typeof anyHarm extends fc.Arbitrary<infer H> ? H : never;

function of<T>(list: readonly T[], place: number): T {
  return list[Math.floor(place * list.length)];
}

async function harm(location: string, { kind, file, at }: Harm): Promise<void> {
  if (kind === 'block') {
    let hit = -1;
    await changeBlocks(location, (block, all) => {
      hit = hit < 0 ? Math.floor(file * all.length) : hit;
      return block === all[hit] ? block.bytes.map((byte, i) => (i === Math.floor(at * block.bytes.length) ? byte ^ 4 : byte)) : undefined;
    }).catch(unlessDamaged);
  } else if (kind === 'lose block') {
    let count = 0;
    const wanted = Math.floor(file * 100);
    await removeBlocks(location, () => count++ === wanted, at < 0.5 ? 'block' : 'blob').catch(unlessDamaged);
  } else if (kind === 'entry') {
    await changeManifest(location, (database, { puts }) => database.write([], [of(puts, file).key])).catch(unlessDamaged);
  } else await harmFile(await anyOf(location, file), kind, at);
}

/** What an earlier harm has done to LevelDB's files may keep it from being opened for a further one. */
function unlessDamaged(error: unknown): void {
  if (!(error instanceof LithifyError) && !(error instanceof TypeError)) throw error;
}

async function anyOf(location: string, place: number): Promise<string> {
  const all = await readdir(location, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && entry.name !== 'RESERVE').map((entry) => join(entry.parentPath, entry.name));
  return of(files.sort(), place);
}

async function harmFile(path: string, kind: 'flip' | 'zero' | 'cut' | 'remove', at: number): Promise<void> {
  if (kind === 'remove') return rm(path);
  const { size } = await stat(path);
  const place = Math.floor(at * size);
  await using file = await openFile(path, 'r+');
  if (kind === 'cut') return file.truncate(await withTrace(path, place));
  const bytes = new Uint8Array(Math.min(kind === 'flip' ? 1 : 700, size - place));
  if (kind === 'flip') {
    await file.read(bytes, 0, bytes.length, place);
    for (let i = 0; i < bytes.length; i++) bytes[i] ^= 16;
  }
  await file.write(bytes, 0, bytes.length, place);
}

/** A log that ends between two records, and was not followed by another, looks as if it had never been longer. */
async function withTrace(path: string, length: number): Promise<number> {
  if (!basename(path).endsWith('.wal')) return length;
  await using file = await openFile(path, 'r');
  const bytes = await file.readFile();
  let end = SEGMENT_HEADER_BYTES;
  while (end < length) end += recordLength(bytes, end);
  return end === length ? length - 1 : length;
}

let built: BuiltStore | undefined;

test('whatever happens to a store, its repair gives nothing that was never written and says all that is missing', async (t) => {
  built ??= await storeWith(
    t,
    async (written, engine) => {
      await written.put(entries(0, 300, 'first'));
      await settle(engine);
      await written.put(entries(0, 150, 'second', 2));
      await written.put(entries(200, 30, 'gone').map(([key]) => [key, undefined]));
      await written.clear(keyOf(100), keyOf(120));
      await written.produce('events', ['a', 'b', 'c', 'x'.repeat(9000), 'd']);
      await written.produce('others', ['e', 'f'], 0);
      await engine.ask({ type: 'MinorCompact' });
      await quiet(engine);
      for (const entry of entries(1000, 10, 'last')) await written.put([entry]);
      for (const value of ['g', 'y'.repeat(9000), 'h']) await written.produce('events', [value]);
    },
    { workers: 0, durability: 'os', memtableBytes: 64 * 1024, memoryBytes: 1024 * 1024, blockBytes: 256, minorTrigger: 64 },
  );
  const { location, written } = built;
  await fc.assert(
    fc.asyncProperty(fc.array(anyHarm, { minLength: 1, maxLength: 3 }), async (harms) => {
      const copy = await copyOf(t, location);
      for (const one of harms) await harm(copy, one);
      const before = await picture(copy);
      try {
        const { report, found } = await repaired(t, copy);
        t.is(faultIn(written, found, report), undefined);
      } catch (error) {
        if (!(error instanceof LithifyError && error.code === 'LITHIFY_CORRUPTION' && error.message.includes('FORMAT'))) throw error;
      }
      t.deepEqual(await picture(copy), before);
    }),
    { numRuns: Number(process.env.LITHIFY_SPEC_RUNS ?? 12) },
  );
});
