import test from 'ava';
import fc from 'fast-check';
import { LithifyError, parseRecorderDump, type RecorderDump } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';

const SOUND: RecorderDump = {
  ...{ format: 'lithify-recorder', version: 1, reason: 'asked for', wallMs: 5, location: '/store', dropped: 2 },
  entries: [
    { n: 3, atMs: 0.5, kind: 'message', type: 'MinorCompact', actor: 'engine', envelope: 'm1' },
    { n: 7, atMs: 1, kind: 'transition', type: 'idle → working', actor: 'compactor-0', cause: 3, ms: 2, details: { from: ['idle'] } },
  ],
};

function refusal(text: unknown): { code: string; place: unknown } | undefined {
  try {
    parseRecorderDump(text as string);
    return undefined;
  } catch (error) {
    if (!(error instanceof LithifyError)) throw error;
    return { code: error.code, place: error.details.place };
  }
}

test('what an engine writes is read as it was', async (t) => {
  t.deepEqual(parseRecorderDump(JSON.stringify(SOUND)), SOUND);
  const engine = await openEngine(t, { ...TINY, storage: 'memory' });
  await fill(engine, 50);
  await engine.ask({ type: 'MajorCompaction' });
  const text = JSON.stringify(engine.recorder.dump());
  t.deepEqual(parseRecorderDump(text), JSON.parse(text));
});

test('what is none, or of a later version, is an argument to refuse', (t) => {
  for (const text of ['[]', 'null', '7', '{}', '{"format":"lithify"}', undefined, 7, '{"format":"lithify-recorder","version":2}']) {
    t.like(refusal(text), { code: 'LITHIFY_INVALID_ARGUMENT' }, String(text));
  }
});

test('what is damaged is told by its place', (t) => {
  const [first, second] = SOUND.entries;
  const damaged: [change: object, place: string][] = [
    [{ reason: 7 }, 'dump.reason'],
    [{ wallMs: 'now' }, 'dump.wallMs'],
    [{ dropped: -1 }, 'dump.dropped'],
    [{ surplus: 1 }, 'dump.surplus'],
    [{ error: { code: 'X' } }, 'dump.error.message'],
    [{ error: [] }, 'dump.error'],
    [{ entries: {} }, 'dump.entries'],
    [{ entries: [first, 7] }, 'dump.entries[1]'],
    [{ entries: [first, { ...second, kind: 'rumour' }] }, 'dump.entries[1].kind'],
    [{ entries: [{ ...first, type: undefined }] }, 'dump.entries[0].type'],
    [{ entries: [{ ...first, n: 1.5 }] }, 'dump.entries[0].n'],
    [{ entries: [second, first] }, 'dump.entries[1].n'],
    [{ entries: [{ ...first, n: 0 }] }, 'dump.entries[0].n'],
    [{ entries: [{ ...first, cause: 3 }] }, 'dump.entries[0].cause'],
    [{ entries: [{ ...first, details: 'many' }] }, 'dump.entries[0].details'],
    [{ entries: [{ ...first, extra: 1 }] }, 'dump.entries[0].extra'],
  ];
  for (const [change, place] of damaged) {
    t.deepEqual(refusal(JSON.stringify({ ...SOUND, ...change })), { code: 'LITHIFY_CORRUPTION', place }, place);
  }
  const text = JSON.stringify(SOUND);
  t.deepEqual(refusal(text.slice(0, -2)), { code: 'LITHIFY_CORRUPTION', place: 'dump' });
  t.deepEqual(refusal(text.replace('"atMs":1,', '"atMs":1e999,')), { code: 'LITHIFY_CORRUPTION', place: 'dump.entries[1].atMs' });
  t.deepEqual(refusal(text.replace('"reason"', '"__proto__":{},"reason"')), { code: 'LITHIFY_CORRUPTION', place: 'dump.__proto__' });
});

test('a file of half a million brackets, or of as many members, costs what its length costs', (t) => {
  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
  const text = JSON.stringify({ ...SOUND, stats: 0 });
  t.like(refusal(text.replace('"stats":0', `"stats":${deep}`)), { code: 'LITHIFY_CORRUPTION' });
  const wide = Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`).join(',');
  t.is(refusal(text.replace('"stats":0', `"stats":{${wide}}`)), undefined);
});

test('whatever is in a file, it is read or refused with a code', (t) => {
  const mutated = fc.record({
    at: fc.nat(),
    length: fc.nat(8),
    by: fc.oneof(fc.string(), fc.json(), fc.constantFrom('null', '1e999', '-0', '{}', '[')),
  });
  const text = JSON.stringify(SOUND);
  fc.assert(
    fc.property(fc.array(mutated, { minLength: 1, maxLength: 3 }), (mutations) => {
      let changed = text;
      for (const { at, length, by } of mutations) {
        const from = at % changed.length;
        changed = changed.slice(0, from) + by + changed.slice(from + length);
      }
      const refused = refusal(changed);
      if (refused !== undefined) return ['LITHIFY_CORRUPTION', 'LITHIFY_INVALID_ARGUMENT'].includes(refused.code);
      // Read, it is sound.
      const { entries } = parseRecorderDump(changed);
      return entries.every(
        ({ n, type, actor }, i) => n > (entries[i - 1]?.n ?? 0) && typeof type === 'string' && typeof actor === 'string',
      );
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.json(), (json) => refusal(json)?.code === 'LITHIFY_INVALID_ARGUMENT'));
  t.pass();
});
