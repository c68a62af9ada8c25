import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { parseRecorderDump, type RecorderCapture, type RecorderEntry } from '../../index.ts';
import { LoopShare } from '../../inspector/loop-share.ts';
import { plainJson } from '../../inspector/plain-json.ts';
import { recorderSlices } from '../../inspector/recorder-slices.ts';
import { openEngine } from '../support/engines.ts';
import { inspectedAs, inspectedOften, recorderWith } from './support/inspected.ts';
import { ask, behind, dial, heard } from './support/raw-http.ts';

const HEAD = { format: 'lithify-recorder', version: 1, reason: 'asked for', wallMs: 1, location: '/x', dropped: 0 } as const;
const SLICE_CHARACTERS = 64 * 1024;
const PAD = 'x'.repeat(100);

function* entriesOf(count: number): Generator<RecorderEntry, undefined> {
  for (let n = 1; n <= count; n++) yield { n, atMs: n, kind: 'event', type: PAD, actor: 'engine' };
}

function captureOf(entries: () => Iterable<RecorderEntry>): RecorderCapture {
  return { ...HEAD, entries: { [Symbol.iterator]: () => entries()[Symbol.iterator]() } };
}

/** An engine whose recorder says this. */
async function recording(t: ExecutionContext, capture: () => RecorderCapture, times = 1): Promise<string[]> {
  const engine = await openEngine(t);
  const inspectors = await inspectedOften(t, { engine, times, instead: { recorder: recorderWith(engine, { capture }) } });
  return inspectors.map(({ url }) => url);
}

function get(url: string, protocol = 'HTTP/1.1'): string {
  return `GET ${behind(url, 'recorder')} ${protocol}\r\nHost: ${new URL(url).host}\r\n\r\n`;
}

test('slices are, one after the other, what it is in one piece', (t) => {
  const details = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(fc.anything(), fc.bigInt(), fc.uint8Array(), fc.constant(new RangeError('bad'))),
  );
  const entry = fc.record({ n: fc.nat(), type: fc.string({ unit: 'binary', maxLength: 30_000 }), actor: fc.string(), details });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), fc.option(fc.jsonValue()), (given, stats) => {
      const entries = given.map((one): RecorderEntry => ({ ...one, atMs: 1, kind: 'message' }));
      const dump = { ...HEAD, ...(stats !== null && { stats }), entries };
      t.is([...recorderSlices(dump)].join(''), plainJson(dump));
    }),
    { numRuns: 100 },
  );
});

test('what comes is a dump of the moment at which it was asked for', async (t) => {
  const engine = await openEngine(t);
  for (let at = 0; at < 200; at++) await engine.ask({ type: 'DeleteBlob', blobId: 1 });
  const dumps: unknown[] = [];
  const capture = () => {
    const { stats: _, ...dump } = engine.recorder.dump();
    dumps.push(dump);
    return engine.recorder.capture();
  };
  const { url } = await inspectedAs(t, engine, { recorder: recorderWith(engine, { capture }) });
  const { headers, body, status } = await ask(url, { path: behind(url, 'recorder') });
  t.is(status, 200);
  t.is(headers['content-disposition'], 'attachment; filename="lithify-recorder.json"');
  const { stats, ...rest } = parseRecorderDump(body);
  t.like(stats, { state: 'open' });
  t.deepEqual(
    [{ ...rest, wallMs: 0 }],
    dumps.map((dump) => ({ ...Object(dump), wallMs: 0 })),
  );
});

test('an empty recorder is a file as well', async (t) => {
  const engine = await openEngine(t, { recorder: { entries: 0 } });
  const { url } = await inspectedAs(t, engine);
  const { body } = await ask(url, { path: behind(url, 'recorder') });
  t.deepEqual(parseRecorderDump(body).entries, []);
});

test('between slices the event loop has its turns, and no slice is long', async (t) => {
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  t.teardown(() => clearInterval(counting));
  const perTurn = new Map<number, number>();
  const [url] = await recording(t, () =>
    captureOf(function* () {
      for (const entry of entriesOf(20_000)) {
        perTurn.set(turns, (perTurn.get(turns) ?? 0) + 1);
        yield entry;
      }
    }),
  );
  const { body } = await ask(url, { path: behind(url, 'recorder') });
  t.is(parseRecorderDump(body).entries.length, 20_000);
  t.true(perTurn.size >= (20_000 * PAD.length) / SLICE_CHARACTERS, `${perTurn.size} turns`);
  t.true(Math.max(...perTurn.values()) <= SLICE_CHARACTERS / PAD.length + 1);
});

/** A recorder without an end, which counts. */
function endless() {
  const made = { captures: 0, entries: 0 };
  const capture = () => {
    made.captures++;
    return captureOf(function* () {
      for (const entry of entriesOf(Number.POSITIVE_INFINITY)) {
        made.entries++;
        yield entry;
      }
    });
  };
  return { made, capture };
}

test('who goes away in the middle is not worked for any longer', async (t) => {
  const { made, capture } = endless();
  const [url] = await recording(t, capture);
  const socket = await dial(url);
  socket.write(get(url));
  await once(socket, 'data');
  socket.destroy();
  // The server hears of it a little later; each further answer takes longer than a slice.
  const others = async (): Promise<number> => {
    const before = made.entries;
    for (let i = 0; i < 20; i++) await ask(url, { path: behind(url, 'why') });
    return made.entries - before;
  };
  while ((await others()) > 0);
  t.is(await others(), 0);
});

test('four at once are served, through whatever servers, until one goes', async (t) => {
  const { made, capture } = endless();
  const [one, two] = await recording(t, capture, 2);
  const sockets = await Promise.all([one, two, one, two].map(dial));
  for (const [at, socket] of sockets.entries()) {
    socket.write(get([one, two][at % 2]));
    await once(socket, 'data');
    socket.pause();
  }
  const refused = await ask(two, { path: behind(two, 'recorder') });
  t.deepEqual([refused.status, refused.headers['content-disposition'], made.captures], [503, undefined, 4]);
  sockets[0].destroy();
  const next = async (): Promise<string> => {
    const socket = await dial(two);
    socket.write(get(two));
    const [said] = await once(socket, 'data');
    socket.destroy();
    return String(said).slice(0, 12);
  };
  while ((await next()) !== 'HTTP/1.1 200');
  t.is(made.captures, 5);
});

test('half of a dump does not look like a whole one', async (t) => {
  const [url] = await recording(t, () =>
    captureOf(function* () {
      yield* entriesOf(2000);
      throw new Error('unreadable');
    }),
  );
  await t.throwsAsync(ask(url, { path: behind(url, 'recorder') }), { code: 'ECONNRESET' });
  t.is((await ask(url, { path: behind(url, 'why') })).status, 200);
});

test('a recorder that has nothing to show is said so', async (t) => {
  const [url] = await recording(t, () => {
    throw new Error('none');
  });
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await ask(url, { path: behind(url, 'recorder') });
    t.deepEqual([status, headers['content-disposition']], [500, undefined]);
  }
});

test('a client of HTTP/1.0 gets it as well, and the end of the connection is its end', async (t) => {
  const [url] = await recording(t, () => captureOf(() => entriesOf(2000)));
  const socket = await dial(url);
  socket.write(get(url, 'HTTP/1.0'));
  const [head, body] = (await heard(socket)).split('\r\n\r\n');
  t.notRegex(head, /transfer-encoding/i);
  t.is(parseRecorderDump(body).entries.length, 2000);
});

test('slices of many take turns, and one that fails does not stop the others', async (t) => {
  // It holds no process open.
  const held = setInterval(() => undefined, 2 ** 30);
  t.teardown(() => clearInterval(held));
  const share = new LoopShare({ everyMs: 0, share: 1 });
  const order: string[] = [];
  const worker = async (name: string) => {
    for (let i = 0; i < 3; i++) await share.take(() => order.push(name));
  };
  const failing = share.take(() => {
    throw new Error('bad');
  });
  const all = Promise.all([worker('a'), worker('b')]);
  await t.throwsAsync(failing, { message: 'bad' });
  t.deepEqual(order, [], 'a turn of the loop lies between');
  await all;
  t.deepEqual(order, ['a', 'b', 'a', 'b', 'a', 'b']);
});
