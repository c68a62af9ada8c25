import test from 'ava';
import { LogReading } from '../../inspector/page/log-reading.ts';
import { DRAWN_ROWS, EntryLog, KEPT_ENTRIES, TOLD_CAUSES } from '../../inspector/page/model/entry-log.ts';
import { jsonText } from '../../inspector/page/model/json-text.ts';
import { dumpFacts, MOST_DUMP_BYTES, readDump } from '../../inspector/page/model/open-dump.ts';
import { visibleText } from '../../inspector/page/model/visible-text.ts';
import type { RecorderDump } from '../../protocol/recorder.ts';
import { inventedChain, inventedDump } from '../support/invented-dumps.ts';
import { inventedEntry } from '../support/invented-frames.ts';

const MANY = 57_000;

function fileOf(content: RecorderDump | string, name = 'recorder.json'): File {
  return new File([typeof content === 'string' ? content : JSON.stringify(content)], name);
}

/** The engine's own log with three entries, and how often it was to be drawn. */
function reading(): { live: EntryLog; log: LogReading; changes: () => number } {
  const live = new EntryLog();
  live.add([inventedEntry(1), inventedEntry(2), inventedEntry(3)]);
  let changes = 0;
  return { live, log: new LogReading(live, () => changes++), changes: () => changes };
}

function shown(log: LogReading): number[] {
  return log.rows().rows.flatMap((row) => ('entry' in row ? row.entry.n : []));
}

test('a dump says whose it is, when and why it was written, what went wrong, and how much it lost', async (t) => {
  const error = { code: 'LITHIFY_DISK_FULL', message: 'no space left' };
  const dump = await readDump(fileOf(inventedDump({ reason: 'the disk is full', error, dropped: 4711 })));
  t.deepEqual(dumpFacts(dump), [
    ['Store', '/srv/other-db'],
    ['Written', '2026-11-21 22:39:24.359 UTC: the disk is full'],
    ['Error', 'LITHIFY_DISK_FULL: no space left'],
    ['Entries', '1'],
    ['Dropped before them', '4,711'],
  ]);
  const undated = await readDump(fileOf(inventedDump({ wallMs: 1e300 })));
  t.is(new Map(dumpFacts(undated)).get('Written'), 'at an unknown time: asked for');
});

test('all entries of a dump are held, and no more of them drawn than of the engine’s own', async (t) => {
  const { log } = reading();
  await log.openDump(fileOf(inventedDump({ entries: inventedChain(MANY) })));
  t.is(log.entries.size, MANY);
  t.true(MANY > KEPT_ENTRIES);
  t.deepEqual([shown(log).length, shown(log)[0]], [DRAWN_ROWS, MANY]);
  t.is(log.entries.find(1)?.type, 'step 1');
  t.is(log.entries.find(MANY + 1), undefined);
  log.move({ filter: { text: '"TICKET":16}' } });
  t.deepEqual(shown(log), [17]);
});

test('page after page every entry of a dump is shown once', async (t) => {
  const { log } = reading();
  const entries = [...inventedChain(1000), inventedEntry(2000), inventedEntry(2001)];
  await log.openDump(fileOf(inventedDump({ entries })));
  const seen: number[] = [];
  for (let upTo: number | undefined = log.entries.last; upTo !== undefined; upTo = log.rows().next) {
    log.turnTo(upTo);
    seen.push(...shown(log));
  }
  t.deepEqual(seen, entries.map(({ n }) => n).toReversed());
});

test('the engine’s own log stands still for who reads further down in it', (t) => {
  const { live, log } = reading();
  live.add(Array.from({ length: 400 }, (_, i) => inventedEntry(4 + i)));
  log.turnTo(log.rows().next);
  const before = shown(log);
  t.deepEqual([before[0], before.at(-1)], [403 - DRAWN_ROWS, 1]);
  live.add([inventedEntry(404)]);
  t.deepEqual(shown(log), before);
  log.turnTo(undefined);
  t.is(shown(log)[0], 403, 'until it is told to go on');
});

test('a log that stands still shows what it showed, also when the page has long forgotten it', (t) => {
  const { live, log } = reading();
  log.pause(true);
  const later = 2 * KEPT_ENTRIES;
  live.add(Array.from({ length: later }, (_, i) => inventedEntry(4 + i, { actor: 'later' })));
  t.is(live.find(1), undefined);
  t.deepEqual([shown(log), log.cameSince, log.entries.find(1)?.n], [[3, 2, 1], later, 1]);
  t.deepEqual(log.entries.actors(), ['compactor-0']);
  log.pause(false);
  t.deepEqual([shown(log)[0], log.cameSince], [3 + later, 0]);
});

test('an entry that a log which stands still does not have makes it go on', (t) => {
  const { live, log } = reading();
  log.pause(true);
  log.showLive(inventedEntry(2));
  t.deepEqual([log.place.entry?.n, log.place.still === undefined], [2, false]);
  live.add([inventedEntry(4, { cause: 3 })]);
  const entry = live.find(4) ?? t.fail();
  log.showLive(entry);
  t.deepEqual([shown(log)[0], log.entries.causes(entry).chain.length], [4, 1]);
});

test('a chain of causes as long as the dump is told up to a bound, and goes on from there', async (t) => {
  const { entries } = await readDump(fileOf(inventedDump({ entries: inventedChain(MANY) })));
  const last = entries.find(MANY) ?? t.fail();
  const { chain, goesOn } = entries.causes(last);
  t.deepEqual([chain.length, chain[0].n, goesOn], [TOLD_CAUSES, MANY - 1, true]);
  t.is(entries.causes(chain[TOLD_CAUSES - 1]).chain[0].n, MANY - TOLD_CAUSES - 1);
  t.deepEqual(
    entries
      .effects(last)
      .concat(entries.effects(chain[0]))
      .map(({ n }) => n),
    [MANY],
  );
});

test('while a dump is open the engine’s log goes on, and one comes back to where one was in it', async (t) => {
  const { live, log } = reading();
  log.pause(true);
  log.move({ filter: { text: '', kind: 'message' } });
  await log.openDump(fileOf(inventedDump({ entries: [inventedEntry(90)] })));
  t.deepEqual(shown(log), [90]);
  log.move({ filter: { text: 'nothing has this' } });
  live.add([inventedEntry(4)]);
  log.backToLive();
  t.deepEqual(shown(log), [3, 2, 1]);
  t.deepEqual([log.cameSince, log.place.filter], [1, { text: '', kind: 'message' }]);
});

test('a second dump takes the place of the first, and behind both is the engine', async (t) => {
  const { log } = reading();
  await log.openDump(fileOf(inventedDump({ entries: [inventedEntry(90)] }), 'a'));
  await log.openDump(fileOf(inventedDump({ entries: [inventedEntry(80)] }), 'b'));
  t.deepEqual([shown(log), log.dump?.name], [[80], 'b']);
  log.backToLive();
  t.deepEqual(shown(log), [3, 2, 1]);
});

test('of two files that are read at the same time the one that was chosen last is shown', async (t) => {
  const { log } = reading();
  const slow = Promise.withResolvers<string>();
  const first = log.openDump({ name: 'slow', size: 1, text: () => slow.promise });
  await log.openDump(fileOf(inventedDump(), 'quick'));
  slow.resolve(JSON.stringify(inventedDump()));
  await first;
  t.is(log.dump?.name, 'quick');
  const late = log.openDump({ name: 'late', size: 1, text: () => Promise.resolve('') });
  log.backToLive();
  await late;
  t.deepEqual([log.dump, log.problem], [undefined, undefined], 'nor is what was given up');
});

test('what is no dump, is damaged, or cannot be read says why, and changes nothing', async (t) => {
  const { log, changes } = reading();
  const { format: _, ...nameless } = inventedDump();
  const bad: readonly (readonly [file: Pick<File, 'name' | 'size' | 'text'>, problem: RegExp])[] = [
    [fileOf(''), /damaged: dump must be JSON/],
    [fileOf('{"format":"lithify-recorder"'), /damaged: dump must be JSON/],
    [fileOf('[]'), /no dump of the flight recorder/],
    [fileOf(JSON.stringify(nameless)), /no dump of the flight recorder/],
    [fileOf(JSON.stringify({ ...inventedDump(), version: 9 })), /of version 9/],
    [fileOf(inventedDump({ entries: [inventedEntry(2), inventedEntry(1)] })), /dump\.entries\[1\]\.n must be above 2/],
    [fileOf('['.repeat(200_000)), /damaged/],
    [fileOf(`{"\u202e${'x'.repeat(100_000)}":1}`), /no dump/],
    [
      { name: 'a-directory', size: 0, text: () => Promise.reject(new Error('it could not be found')) },
      /^a-directory was not opened\. it could/,
    ],
  ];
  for (const [file, problem] of bad) {
    const before = changes();
    log.say(undefined);
    await log.openDump(file);
    t.regex(log.problem ?? '', problem);
    t.true((log.problem ?? '').length < 1000);
    t.notRegex(log.problem ?? '', /\u202e/);
    t.deepEqual([log.dump, shown(log)], [undefined, [3, 2, 1]]);
    t.true(changes() > before);
  }
  await log.openDump(fileOf(inventedDump()));
  t.deepEqual([log.problem, log.dump?.name], [undefined, 'recorder.json']);
});

test('nothing is read of a file that is too large', async (t) => {
  const { log } = reading();
  await log.openDump({ name: 'huge.json', size: MOST_DUMP_BYTES + 1, text: () => t.fail('it was read') });
  t.regex(log.problem ?? '', /^huge\.json was not opened\. It has 64\.0 MB.*lithify recorder/);
});

test('text from elsewhere hides nothing, turns nothing around, and is never long', (t) => {
  t.is(visibleText('a\u202eb\u0000\u200b'), 'a\\u{202e}b\\u{0}\\u{200b}');
  t.is(visibleText('x'.repeat(1e6), 11), 'xxxxx…xxxxx');
  t.is(jsonText({ a: '\u202e\u{e0041}\n' }), '{\n  "a": "\\u202e\\udb40\\udc41\\n"\n}');
  t.regex(jsonText(['x'.repeat(1e6)]), /more characters\)$/);
  t.true(jsonText(['x'.repeat(1e6)]).length < 21_000);
  t.deepEqual([undefined, 7, null].map(jsonText), ['undefined', '7', 'null']);
});
