import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LithifyError, open, repair } from '../../index.ts';
import { Random } from '../../testing/random.ts';
import { damageStore } from '../../torture/damage/level-files.ts';
import { filesOf, harm } from '../../torture/damage/level-files-harm.ts';
import { judgeOpening, judgeRepair, NotHeld, type Seen } from '../../torture/damage/level-files-judge.ts';
import { anyFlip, type Damage, kindOf, type StoreFile, wholeDamages } from '../../torture/damage/level-files-plan.ts';
import type { Reading } from '../../torture/damage/level-files-probe.ts';
import { buildStore, type Truth } from '../../torture/damage/level-files-store.ts';
import { TINY, tempDirectory } from '../support/engines.ts';

// Promise 6 for the files themselves, on a real, closed store. What a repair makes of single damages is in spec/repair/.

async function examine(choose: (files: readonly StoreFile[]) => readonly Damage[], seed = 1): Promise<Record<string, number>> {
  const sum: Record<string, number> = {};
  await damageStore(seed, choose, (counts) => {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  });
  return sum;
}

/** Of every kind of damage to every kind of file one, now in this directory, now in that. */
function oneOfEach(files: readonly StoreFile[], pattern: RegExp): Damage[] {
  const found = new Map<string, Damage[]>();
  for (const damage of wholeDamages(files)) {
    const name = `${kindOf(damage.file)} ${damage.kind}`;
    if (pattern.test(damage.file)) found.set(name, [...(found.get(name) ?? []), damage]);
  }
  return [...found.values()].map((same, i) => same[(i * 7) % same.length]);
}

for (const [what, pattern] of [
  ["LevelDB's CURRENT and MANIFEST", /CURRENT|MANIFEST/],
  ["LevelDB's tables and logs", /\.(ldb|log)$/],
  ['FORMAT, RESERVE, the log and the locks', /^FORMAT|^RESERVE|\.wal$|LOCK$/],
] as const) {
  test(`${what}: whatever happens to one of them is reported or harmless, and what can be saved is`, async (t) => {
    t.timeout(100_000, 'a damaged store hangs the process that looks at it');
    const sum = await examine((files) => oneOfEach(files, pattern));
    t.true((sum.damages ?? 0) >= 8);
    t.true((sum.reported ?? 0) > 0);
  });
}

test('bits that are flipped anywhere in these files are reported or harmless', async (t) => {
  t.timeout(100_000, 'a damaged store hangs the process that looks at it');
  const random = new Random(20_252);
  const sum = await examine((files) => {
    const read = files.filter(({ path }) => !/RESERVE|LOG/.test(path));
    return Array.from({ length: 6 }, () => anyFlip(read, random));
  });
  t.is(sum.damages, 6);
});

test('a store whose manifest has lost its end is refused however often it is opened, and nothing that a repair needs is swept', async (t) => {
  const directory = await tempDirectory(t);
  const location = join(directory, 'store');
  await buildStore(location);
  const file = (await filesOf(location)).find(({ path }) => /^manifest\/\d+\.log$/.test(path))?.path ?? '';
  await harm(location, { kind: 'remove', file });
  const before = await repair(location, join(directory, 'before'), { options: TINY });
  for (let attempt = 0; attempt < 3; attempt++) {
    const error = await t.throwsAsync(open(location, { ...TINY, createIfMissing: false }), { instanceOf: LithifyError });
    t.regex(error?.message ?? '', /repair/);
  }
  const after = await repair(location, join(directory, 'after'), { options: TINY });
  t.is(after.entries, before.entries);
  t.is(after.records, before.records);
});

test('verify finds a large value that is missing although its record is in the log only', async (t) => {
  const directory = await tempDirectory(t);
  const location = join(directory, 'store');
  await buildStore(location);
  const log = (await filesOf(location)).find(({ path }) => /^blobs\/\d+\.log$/.test(path));
  await harm(location, { kind: 'cut', file: log?.path ?? '', to: (log?.bytes ?? 0) - 1 });
  await using engine = await open(location, { ...TINY, minorTrigger: 64, createIfMissing: false });
  const { damage } = await engine.verify();
  t.is(new Set(damage.map(({ blobId }) => blobId)).size, 1);
  t.true(damage.some(({ reason }) => /missing/.test(reason)));
});

async function truthOf(t: ExecutionContext): Promise<Truth> {
  return buildStore(join(await tempDirectory(t), 'store'));
}

/** What a reader sees to whom nothing was lost. */
function whole({ written }: Truth): Reading {
  const scan = [...written.current].sort(([a], [b]) => (a < b ? -1 : 1));
  const gets = new Map([...written.keys.keys()].map((key) => [key, written.current.get(key)]));
  return { gets, scan, records: written.records, refusals: [], verified: [] };
}

const TABLE: Damage = { kind: 'flip', file: 'blobs/000005.ldb', at: 1, bit: 1 };

test('the judge lets nothing pass that a promise forbids', async (t) => {
  const truth = await truthOf(t);
  const reading = whole(truth);
  const judge = (changed: Partial<Reading>, damage = TABLE) =>
    judgeOpening(truth, damage, { kind: 'read', reading: { ...reading, ...changed } });
  t.is(judge({}), 'harmless');
  const [[key] = ['']] = reading.scan;
  const refusal = { code: 'LITHIFY_CORRUPTION', message: 'Block 3 is damaged; verify the store.' };
  t.is(judge({ gets: new Map([...reading.gets, [key, refusal]]), verified: [{ reason: 'damaged' }] }), 'reported');
  const forbidden: Readonly<Record<string, Partial<Reading>>> = {
    'wrong data': { gets: new Map([...reading.gets, [key, 'wrong']]) },
    'silent loss': { gets: new Map([...reading.gets, [key, undefined]]) },
    'a scan that leaves something out': { scan: reading.scan.slice(1) },
    'a record that is gone': { records: new Map() },
    'what verify overlooks': { gets: new Map([...reading.gets, [key, refusal]]) },
    'an error without a code': { refusals: [{ code: undefined, message: 'verify what?' }], verified: [{ reason: '' }] },
    'an error without advice': { refusals: [{ ...refusal, message: 'Block 3 is damaged.' }], verified: [{ reason: '' }] },
  };
  for (const [what, changed] of Object.entries(forbidden)) t.throws(() => judge(changed), { instanceOf: NotHeld }, what);
});

test('the judge takes missing writes for a torn log only where the log was damaged, and only the last ones', async (t) => {
  const truth = await truthOf(t);
  const reading = whole(truth);
  const records = new Map(reading.records);
  records.set('made last/0', new Map([...(records.get('made last/0') ?? [])].filter(([offset]) => offset !== 1)));
  const judge = (file: string, changed: Partial<Reading>) =>
    judgeOpening(truth, { kind: 'cut', file, to: 9 }, { kind: 'read', reading: { ...reading, ...changed } });
  t.is(judge('wal/1.wal', { records }), 'torn tail');
  t.throws(() => judge('blobs/1.log', { records }), { instanceOf: NotHeld });
  const scan = reading.scan.slice(1);
  t.throws(() => judge('wal/1.wal', { scan }), { instanceOf: NotHeld });
});

test('the judge of a repair lets no process die, and nothing be invented', async (t) => {
  const truth = await truthOf(t);
  const { written } = truth;
  const report = { location: '', entries: 0, records: 0, topics: 0, lost: [], stale: [], warnings: [], ms: 0 };
  const found = { keys: written.current, records: written.records, groups: [], next: {} };
  const judge = (seen: Seen, damage: Damage = TABLE) => judgeRepair(truth, damage, seen);
  t.is(judge({ kind: 'repaired', report, found, damage: 0 }), 'saved');
  t.throws(() => judge({ kind: 'repaired', report, found, damage: 1 }), { instanceOf: NotHeld });
  t.throws(() => judge({ kind: 'repaired', report, found: { ...found, keys: new Map([['k', 'v']]) }, damage: 0 }), { instanceOf: NotHeld });
  const invented: Seen = { kind: 'repaired', report, found: { ...found, keys: new Map([...found.keys, ['k', 'v']]) }, damage: 0 };
  t.throws(() => judge(invented, { kind: 'remove', file: 'wal/1.wal' }), { instanceOf: NotHeld, message: /never written/ });
  t.throws(() => judge({ kind: 'aborted', signal: 'SIGABRT' }), { instanceOf: NotHeld });
  t.throws(() => judge({ kind: 'hung' }), { instanceOf: NotHeld });
});
