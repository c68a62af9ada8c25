import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from '../../index.ts';
import { recordLength } from '../../storage/wal/record.ts';
import { SEGMENT_HEADER_BYTES } from '../../storage/wal/segment.ts';
import { checkStore } from '../../torture/kill/check.ts';
import { BrokenPromise, type Chapter, chapterOf } from '../../torture/kill/history.ts';
import { IntentFile, readSessions, sessionsIn } from '../../torture/kill/intent.ts';
import { Issuer } from '../../torture/kill/issuer.ts';
import { killAgainAndAgain } from '../../torture/kill/kill.ts';
import { operationAt, optionsOf } from '../../torture/kill/operations.ts';
import { makeTopics, perform } from '../../torture/kill/perform.ts';
import { tempDirectory } from '../support/engines.ts';
import { filesIn } from '../support/store-contents.ts';

// Promises 1 to 3 against the real thing. What is killed, when, and what it was doing follows from the seed; where exactly
// the process stood then is the machine's.
for (const seed of [1, 20_251]) {
  test.serial(`processes that die one after the other over one store lose nothing that was acknowledged (seed ${seed})`, async (t) => {
    t.timeout(100_000, 'a victim or the look at what it left hangs');
    const sum: Record<string, number> = {};
    await killAgainAndAgain(seed, 5, (counts) => {
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
    });
    t.is(sum.kills, 5);
    t.true((sum.acknowledged ?? 0) > 0, 'a victim that does nothing proves nothing');
  });
}

const SEED = 7;

interface Worked {
  readonly location: string;
  readonly intent: string;
}

/** A store and the intent file of a process that was not killed; what is written last is in the log only. */
async function worked(t: ExecutionContext, finish: (engine: Engine) => Promise<void> = async () => {}): Promise<Worked> {
  const directory = await tempDirectory(t);
  const location = join(directory, 'store');
  const file = join(directory, 'intent');
  using intent = new IntentFile(file);
  await using engine = await open(location, { ...optionsOf(SEED), workers: 0 });
  await makeTopics(engine);
  await new Issuer({ engine, intent, seed: SEED, location, onFault: (why) => t.fail(why) }).run(150);
  await issueWrites(engine, intent, file);
  await finish(engine);
  return { location, intent: file };
}

/** The last operations: plain writes, each a group of its own in the log. Those of other kinds between them never happen. */
async function issueWrites(engine: Engine, intent: IntentFile, file: string): Promise<void> {
  let n = readSessions(file).at(-1)?.issued ?? 0;
  for (let writes = 0; writes < 3; ) {
    const operation = operationAt(SEED, ++n);
    if (operation.kind === 'clear' || operation.kind === 'load') throw new RangeError('Another seed is needed: this would be missed.');
    if (operation.kind !== 'write') continue;
    intent.willIssue(n);
    await perform(engine, operation, { committable: () => undefined, checkpointDirectory: '' });
    intent.acknowledged(n, []);
    writes++;
  }
}

function chaptersOf({ intent }: Worked): Chapter[] {
  return readSessions(intent).map((session) => chapterOf(SEED, session));
}

function look(store: Worked): Promise<Chapter[]> {
  return checkStore(store.location, SEED, chaptersOf(store));
}

test('a store that lost nothing is in order, also when the intent file was cut off in its last line', async (t) => {
  const store = await worked(t);
  await appendFile(store.intent, 'a 9999999 1');
  const [chapter] = await look(store);
  t.true((chapter?.survivors?.plain.least ?? 0) > 50);
  using again = new IntentFile(store.intent);
  t.is(again.issued, chapter?.session.issued);
});

test('the look finds that the last acknowledged write was taken out of the log', async (t) => {
  const store = await worked(t);
  const [segment = ''] = (await filesIn(join(store.location, 'wal'))).slice(-1);
  const path = join(store.location, 'wal', segment);
  const bytes = await readFile(path);
  const starts = [SEGMENT_HEADER_BYTES];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += recordLength(bytes, at)) starts.push(at + recordLength(bytes, at));
  t.true(starts.length > 2, 'the log has some records');
  await truncate(path, starts.at(-2));
  await t.throwsAsync(look(store), { instanceOf: BrokenPromise, message: /no prefix of the plain writes/ });
});

const LIES: Readonly<Record<string, readonly [(engine: Engine) => Promise<unknown>, RegExp]>> = {
  'a key that nobody wrote': [(engine) => engine.kv.put('k0001', 'nobody'), /no prefix of the plain writes/],
  'a value that is older than it should be': [
    async ({ kv }) => {
      const [[key, value] = ['', '']] = await kv.iterator({ gte: 'k', lt: 'l', limit: 1 }).all();
      await kv.put(key, `0${value}`);
    },
    /no prefix of the plain writes/,
  ],
  'half of a transaction': [
    async ({ kv }) => {
      const [key = ''] = await kv.keys({ gte: 't', lt: 'u', limit: 1 }).all();
      await kv.del(key);
    },
    /there in part/,
  ],
  'a record that nobody produced': [(engine) => engine.topic('solo').produce({ key: 1n, value: 'nobody' }), /behind the last one/],
  'half of an ingest': [({ kv }) => kv.clear({ gte: 'r0/20', lt: 'r2/' }), /no whole ingest/],
  'a group that is not where it was': [(engine) => engine.topic('solo').commit('group', 0), /the group has consumed/],
};
for (const [what, [lie, message]] of Object.entries(LIES)) {
  test(`the look finds ${what}`, async (t) => {
    const store = await worked(t, async (engine) => void (await lie(engine)));
    await t.throwsAsync(look(store), { instanceOf: BrokenPromise, message });
  });
}

test('sessions are told apart, and a line that was cut off says nothing', (t) => {
  const [first, second] = sessionsIn('open\ni 3\na 2\na 1 7 8\nopen\ni 5\na 4\na 5');
  t.deepEqual([first?.before, first?.issued, [...(first?.acknowledged.keys() ?? [])]], [0, 3, [2, 1]]);
  t.deepEqual(first?.acknowledged.get(1)?.offsets, [7, 8]);
  t.deepEqual([second?.before, second?.issued, [...(second?.acknowledged.keys() ?? [])]], [3, 5, [4]]);
});
