import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type CompactionOptions, type Engine, type EngineEvent, open } from 'lithify';
import { compareWithHead } from '../../examples/git-history/compare.ts';
import { historyTopic, pathOf, readLog, toLog } from '../../examples/git-history/log.ts';
import { replayHistory } from '../../examples/git-history/replay.ts';
import { readTable, toTable } from '../../examples/git-history/table.ts';
import { freshDirectory, freshLocation } from '../support/cli.ts';
import { FastImport, file, git, remove, rename, submodule } from '../support/git.ts';

const KiB = 1024;
const MAIN = fileURLToPath(new URL('../../examples/git-history/main.ts', import.meta.url));
const small = { memtableBytes: 4 * KiB, tableBytes: 4 * KiB, blockBytes: KiB, sliceBytes: 32 * KiB, minorTrigger: 2 };
/** Many runs, all of them of several passes, and no delay for deletions. */
const often: CompactionOptions = {
  strategy: { module: new URL('./support/narrow-paths.ts', import.meta.url), export: 'narrowPaths' },
  compactionThreshold: 8 * KiB,
  tombstoneDelayMs: 0,
};

const ODD = [
  'line\nend',
  'tab\there',
  'quote"s',
  ' leading',
  'back\\slash',
  Buffer.from('ünï→🙂').toString('latin1'),
  '\xff\xfe',
  ':100644 000000 a b D',
  'commit 0',
  'a-b',
  'a.c',
];

/** A few hundred commits with what histories hold: deletions, renames, merges, modes, links, odd names, a file that becomes a directory. */
function history(): string {
  const stream = new FastImport();
  stream.commit('main', [...ODD.map((path) => file(path, path)), file('a/x', 'in a directory beside a-b and a.c'), file('swap', 'a file')]);
  for (let turn = 0; turn < 120; turn++) {
    const [slot, side] = [turn % 12, `side-${turn}`];
    const main = stream.commit('main', [file(`src/${slot}/${turn}.txt`, `${turn}`), file('counter', `${turn}`)]);
    if (turn > 20) stream.commit('main', [remove(`src/${(turn - 20) % 12}/${turn - 20}.txt`)]);
    if (turn % 7 === 3) stream.commit('main', [rename(`src/${slot}`, `moved/${turn}`)]);
    const branch = stream.commit(side, [file(`side/${slot}`, `${turn} from the side`)], { from: main });
    const tip = stream.commit('main', [file('counter', `${turn} again`)]);
    stream.commit('main', [file(`side/${slot}`, `${turn} from the side`)], { from: tip, merge: branch });
  }
  stream.commit('main', [remove('swap'), file('swap/inside', 'now a directory')]);
  stream.commit('main', [file('counter', '119 again', '100755'), file('link', 'counter', '120000')]);
  stream.commit('main', [submodule('module', '1234567890123456789012345678901234567890')]);
  stream.commit('main', [submodule('module', '2234567890123456789012345678901234567890'), remove('a/x')]);
  return stream.toString();
}

async function repository(t: ExecutionContext, stream = history()): Promise<string> {
  const directory = await freshDirectory(t);
  git(directory, ['init', '--quiet', '--bare', '--initial-branch=main', '.']);
  git(directory, ['fast-import', '--quiet'], Buffer.from(stream, 'latin1'));
  return directory;
}

async function engineFor(t: ExecutionContext): Promise<Engine> {
  const engine = await open(await freshLocation(t), small);
  t.teardown(() => engine.close());
  return engine;
}

test('the replayed history is HEAD, entry by entry, through many compactions', async (t) => {
  const [engine, path] = [await engineFor(t), await repository(t)];
  const replayed = await replayHistory(toTable(engine), path);
  t.is(replayed.commits, Number(git(path, ['rev-list', '--count', '--first-parent', 'HEAD'])));
  t.true(replayed.commits > 400 && replayed.deletes > 90);
  const { equal, differences, examples } = await compareWithHead(readTable(engine), path);
  t.is(differences, 0, examples.join('; '));
  t.is(equal, git(path, ['ls-tree', '-r', '-z', 'HEAD']).split('\0').length - 1);
  const { flush, minor, regular } = engine.stats().compactions;
  t.true(flush > 3 && minor + regular > 0, JSON.stringify(engine.stats().compactions));
});

test('compacted, the log holds the last record of each path, less deletions: HEAD, through runs of several passes', async (t) => {
  const [engine, path] = [await engineFor(t), await repository(t)];
  const events: EngineEvent[] = [];
  engine.events$.subscribe((event) => events.push(event));
  const topic = historyTopic(engine, often);
  const { puts, deletes } = await replayHistory(toLog(topic), path);
  await topic.compact();
  const { equal, differences, examples } = await compareWithHead(readLog(topic), path);
  t.is(differences, 0, examples.join('; '));
  t.is(equal, git(path, ['ls-tree', '-r', '-z', 'HEAD']).split('\0').length - 1);
  t.like(engine.topics(), [{ records: equal }], 'one record a path, and nothing of those that were removed');
  t.is(topic.offsets()?.next, puts + deletes);
  const passes = events.filter((event) => event.type === 'logCompacted').map((event) => event.passes);
  // How many runs there are depends on how busy the machine is.
  t.true(Math.max(...passes) > 2, `passes of each run: ${passes}`);
});

test('the log tells of a deletion for a while, once', async (t) => {
  const [engine, path] = [await engineFor(t), await repository(t)];
  const topic = historyTopic(engine);
  await replayHistory(toLog(topic), path);
  await topic.compact();
  const paths: (string | undefined)[] = [];
  const removed: (string | undefined)[] = [];
  for await (const record of topic.subscribe({ idleTimeout: 0 })) {
    paths.push(pathOf(record));
    if (record.value.length === 0) removed.push(pathOf(record));
  }
  t.is(new Set(paths).size, paths.length);
  t.true(removed.includes('swap') && removed.includes('a/x') && removed.length > 90);
  t.like(await compareWithHead(readLog(topic), path), { equal: paths.length - removed.length, differences: 0 });
});

test('settings that hide changes from git log do not hide them from the replay', async (t) => {
  const [engine, path] = [await engineFor(t), await repository(t)];
  const settings = {
    'log.showRoot': 'false',
    'log.diffMerges': 'off',
    'diff.renames': 'copies',
    'diff.ignoreSubmodules': 'all',
    'diff.relative': 'true',
    'core.quotePath': 'true',
    'log.showSignature': 'true',
    'color.ui': 'always',
  };
  for (const [name, value] of Object.entries(settings)) git(path, ['config', name, value]);
  await replayHistory(toTable(engine), path);
  t.like(await compareWithHead(readTable(engine), path), { differences: 0, examples: [] });
});

test('a commit larger than a batch goes in several', async (t) => {
  const engine = await engineFor(t);
  const files = Array.from({ length: 1000 }, (_, index) => file(`file-${index}`, `${index}`));
  const stream = new FastImport();
  stream.commit('main', files);
  const path = await repository(t, stream.toString());
  const topic = historyTopic(engine);
  for (const write of [toTable(engine), toLog(topic)]) {
    t.deepEqual(await replayHistory(write, path, { maxBatchBytes: KiB }), { commits: 1, puts: 1000, deletes: 0 });
  }
  t.like(await compareWithHead(readTable(engine), path), { equal: 1000, differences: 0 });
  t.like(await compareWithHead(readLog(topic), path), { equal: 1000, differences: 0 });
});

test('the comparison tells what is missing, left over and different', async (t) => {
  const [engine, path] = [await engineFor(t), await repository(t)];
  await replayHistory(toTable(engine), path);
  await engine.kv.del('counter');
  await engine.kv.put('a', 'left over');
  await engine.kv.put('zzz', 'left over');
  await engine.kv.put('link', '100644 0');
  const { differences, examples } = await compareWithHead(readTable(engine), path);
  t.is(differences, 4);
  t.deepEqual(
    examples.map((example) => example.split(' ')[0]),
    ['"a"', '"counter"', '"link"', '"zzz"'],
  );
});

test('what is no repository fails with what git says', async (t) => {
  const [engine, path] = [await engineFor(t), await freshDirectory(t)];
  await t.throwsAsync(replayHistory(toTable(engine), path), { message: /^git log failed: fatal: / });
  await t.throwsAsync(compareWithHead(readTable(engine), path), { message: /^git ls-tree failed: fatal: / });
});

for (const mode of [[], ['--log']]) {
  test(`by hand${mode.map((flag) => `, ${flag}`)}: prints what was done and exits 0`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...mode, await repository(t)]);
    t.regex(stdout, /commits replayed.+compactions: .+ 0 different/s);
  });
}

test('by hand: an option that there is not is wrong usage', async (t) => {
  await t.throwsAsync(promisify(execFile)(process.execPath, [MAIN, '--lgo', '.']), { code: 2, message: /usage/ });
});
