import { writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { open } from 'lithify';
import { freshLocation } from '../support/cli.ts';
import { lithifyEach } from './support/one-process.ts';

const BYTES = Uint8Array.of(0xff, 0);
/** A text that a command line would take for bytes. */
const MARKED = 'base64:x';
const MARKED_FORM = `base64:${Buffer.from(MARKED).toString('base64')}`;

test('what put stores under bytes is what get, scan and del know by them', async (t) => {
  const { run } = await store(t);
  const [, got, json, , gone] = await run(
    ['put', 'base64:/wA=', 'new'],
    ['get', 'base64:/wA='],
    ['get', 'base64:/wA=', '--json'],
    ['del', 'base64:/wA='],
    ['get', 'base64:/wA='],
  );
  t.is(got, 'new\n');
  t.is(json, '{"key64":"/wA=","value":"new"}\n');
  t.is(gone, 'lithify: no value under "base64:/wA="\n');
});

test('every key that scan prints can be given to a command, and means the same one', async (t) => {
  const { run } = await store(t);
  const [printed = ''] = await run(['scan', '--keys']);
  const keys = printed.trimEnd().split('\n');
  t.deepEqual(keys, ['a', MARKED_FORM, 'é', 'base64:/wA=']);
  t.deepEqual(await run(...keys.map((key) => ['get', key])), ['1\n', '2\n', '3\n', '4\n']);
  t.deepEqual(await run(['scan', '--gte', MARKED_FORM, '--lt', 'base64:/wA=', '--values'], ['scan', '--gt', 'é', '--lte', 'base64:/wA=']), [
    '2\n3\n',
    'base64:/wA=\t4\n',
  ]);
});

test('what scan and dump print as JSON is what load takes back, into the same keys', async (t) => {
  const { run } = await store(t);
  const [scanned = '', dumped = ''] = await run(['scan', '--json'], ['dump']);
  t.is(scanned, dumped);
  t.true(scanned.includes('{"key":"base64:x","value":"2"}\n'), 'JSON says by its field what is Base64');
  const [file, copy] = [await freshLocation(t), await freshLocation(t)];
  await writeFile(file, scanned);
  const [, again] = await lithifyEach([
    ['load', file, '--db', copy],
    ['dump', '--db', copy],
  ]);
  t.is(again?.stdout, dumped);
});

test('why names the range by bytes, and takes back what it has printed of a table', async (t) => {
  const { run, blob } = await store(t);
  const [range, above, table = '', whole = ''] = await run(
    ['why', '--range', MARKED_FORM, 'base64:/wA='],
    ['why', '--range', 'base64:/wE='],
    ['why', '--blob', String(blob)],
    ['why', '--blob', String(blob), '--json'],
  );
  t.regex(range ?? '', new RegExp(`^No compaction of the keys from ${MARKED_FORM} to base64:/wA= is `));
  t.regex(above ?? '', /^No compaction of the keys from base64:\/wE= is .+ No table has keys in this range\./);
  t.regex(table, / from 'a' to base64:\/wA=, /);
  const { minKey, maxKey } = JSON.parse(whole).reasons[0].details;
  t.deepEqual([minKey, maxKey], ['a', 'base64:/wA=']);
  const [pasted = ''] = await run(['why', '--range', maxKey]);
  t.notRegex(pasted, /No table has keys/);
});

test('what follows the mark has to be Base64, and may be what no argument can hold', async (t) => {
  const { run } = await store(t);
  const wrong = await run(
    ['get', 'base64:AA'],
    ['put', 'base64:a b', '1'],
    ['scan', '--gte', 'base64:…'],
    ['why', '--range', 'a', 'base64:%'],
  );
  for (const said of wrong) t.regex(said, /^error: .+ What follows base64: is not Base64; .+$/m);
  t.is((await run(['put', 'base64:YQBi', 'NUL'], ['get', 'base64:YQBi', '--json']))[1], '{"key":"a\\u0000b","value":"NUL"}\n');
});

/** A store with one table of four keys. */
async function store(t: ExecutionContext) {
  const db = await freshLocation(t);
  const engine = await open(db);
  await engine.kv.batch([
    { type: 'put', key: 'a', value: '1' },
    { type: 'put', key: MARKED, value: '2' },
    { type: 'put', key: 'é', value: '3' },
  ]);
  await engine.kv.put<Uint8Array, string>(BYTES, '4', { keyEncoding: 'view' });
  const { outputBlobs } = await engine.ask({ type: 'MinorCompact' });
  await engine.close();
  /** What each says, on stdout or else on stderr. */
  const run = async (...commands: readonly (readonly string[])[]) =>
    (await lithifyEach(commands.map((args) => [...args, '--db', db]))).map(({ stdout, stderr }) => stdout || stderr);
  return { run, blob: outputBlobs[0] };
}
