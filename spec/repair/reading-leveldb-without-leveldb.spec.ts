import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { nodeFiles } from '../../platform/files.ts';
import { type LevelScan, scanLevelFiles } from '../../storage/salvage/leveldb/scan.ts';
import { uncompress } from '../../storage/salvage/leveldb/snappy.ts';
import { tempDirectory } from '../support/engines.ts';
import { filesOf } from './support/stores.ts';

type Level = ClassicLevel<Buffer, Buffer>;

/** A LevelDB of its own, closed, and what it holds. */
async function levelWith(
  t: ExecutionContext,
  fill: (level: Level) => Promise<void>,
  writeBufferSize = 64 * 1024,
): Promise<{ directory: string; content: Map<string, string> }> {
  const directory = join(await tempDirectory(t), 'level');
  const level: Level = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer', writeBufferSize });
  await fill(level);
  const content = new Map((await level.iterator().all()).map(([key, value]) => [key.toString('hex'), value.toString('hex')]));
  await level.close();
  return { directory, content };
}

/** Of each key the newest entry, unless it is a deletion. */
async function scanned(directory: string): Promise<{ content: Map<string, string>; scan: LevelScan }> {
  const newest = new Map<string, { sequence: number; value: string | undefined }>();
  const scan = await scanLevelFiles({ files: nodeFiles(), turn: async () => {} }, directory, (entry) => {
    const key = Buffer.from(entry.key).toString('hex');
    if ((newest.get(key)?.sequence ?? -1) >= entry.sequence || !entry.isSound) return;
    const value = entry.isPut ? Buffer.from(entry.bytes.subarray(entry.valueStart, entry.valueEnd)).toString('hex') : undefined;
    newest.set(key, { sequence: entry.sequence, value });
  });
  const found = [...newest].flatMap(([key, { value }]): [string, string][] => (value === undefined ? [] : [[key, value]]));
  return { content: new Map(found.sort(([a], [b]) => (a < b ? -1 : 1))), scan };
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  // What compresses, in all the ways in which it can.
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(400))
    .map(([part, times]) => Uint8Array.from({ length: part.length * times }, (_, i) => part[i % part.length])),
);

test('it finds exactly what LevelDB has, in logs and in tables, compressed and not', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.option(anyBytes, { nil: undefined })), { maxLength: 60 }),
      fc.boolean(),
      async (operations, compact) => {
        const { directory, content } = await levelWith(t, async (level) => {
          for (const [key, value] of operations) {
            if (value === undefined) await level.del(Buffer.from(key));
            else await level.put(Buffer.from(key), Buffer.from(value));
          }
          if (compact) await level.compactRange(Buffer.alloc(0), Buffer.alloc(20, 255));
        });
        const found = await scanned(directory);
        t.deepEqual(
          [...found.content],
          [...content].sort(([a], [b]) => (a < b ? -1 : 1)),
        );
        t.deepEqual([found.scan.damage, found.scan.isWhole], [[], true]);
      },
    ),
    { numRuns: 12 },
  );
});

test('values larger than a log block, and batches larger than many, come whole', async (t) => {
  const { directory, content } = await levelWith(t, async (level) => {
    await level.put(Buffer.from('large'), Buffer.alloc(200_000, 'abc'));
    await level.batch(
      Array.from({ length: 50 }, (_, i) => ({ type: 'put' as const, key: Buffer.from(`key ${i}`), value: Buffer.alloc(5000, i) })),
    );
  });
  t.deepEqual([...(await scanned(directory)).content], [...content]);
});

test('a log with a damaged stretch gives everything before and behind it, and says that it is damaged', async (t) => {
  const { directory } = await levelWith(
    t,
    async (level) => {
      for (let i = 0; i < 30; i++) await level.put(Buffer.from(`key ${String(i).padStart(2, '0')}`), Buffer.alloc(3000, i));
    },
    1024 * 1024,
  );
  const [log] = await filesOf(directory, /\.log$/);
  const bytes = await readFile(log);
  await writeFile(log, bytes.fill(0, 40_000, 40_100));
  const { content, scan } = await scanned(directory);
  t.is(content.size, 29);
  t.regex(scan.damage.join(), /1 of 30 records are damaged/);
});

test('a file that is missing, as LevelDB itself knows, is noticed', async (t) => {
  const { directory } = await levelWith(t, async (level) => {
    for (let i = 0; i < 30; i++) await level.put(Buffer.from(`key ${i}`), Buffer.alloc(8000, i));
  });
  const [table] = await filesOf(directory, /\.ldb$/);
  await rm(table);
  t.is((await scanned(directory)).scan.isWhole, false);
});

test('whatever bytes are uncompressed, the answer is bytes or nothing, at once', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const out = uncompress(bytes, 0, bytes.length);
        return out === undefined || out.length <= 22 * 200;
      }),
      { numRuns: 2000 },
    ),
  );
});
