import test from 'ava';
import { freshLocation, lithify } from '../support/cli.ts';
import { lines, recordsIn, stdoutOf } from './support/logs.ts';

const LINE_A =
  '{"topic":"a","headers":[{"key":"é","value":"3q2+7w=="},{"key":"é","value":""}],"timestamp":"2023-11-14T22:13:20.123Z","key":18446744073709551615,"value":"AP8="';
const LINE_B = '{"topic":"b,c\\n","headers":[],"timestamp":null,"key":9007202990669551,"value":""';

test('records come back as they were given, keys above 2^53 and topics of any name included', async (t) => {
  const db = await freshLocation(t);
  const without = LINE_B.replace('"timestamp":null,', '').replace('[]', 'null');
  const input = `${LINE_A}}\n\n  \r\n${without}}\r\n${LINE_A},"partition":0}`;
  t.is(await stdoutOf(t, ['log', 'produce', '--db', db], input), '3 records\n');
  const output = await stdoutOf(t, [
    'log',
    'subscribe',
    'b,c\n',
    '--subscription',
    'a',
    '--subscription',
    'a',
    '--idle-timeout',
    '0',
    '--db',
    db,
  ]);
  const expected = [`${LINE_A},"partition":0,"offset":0}`, `${LINE_A},"partition":0,"offset":1}`, `${LINE_B},"partition":0,"offset":0}`];
  t.deepEqual(lines(output).sort(), expected.sort());
});

test('what was printed can be piped into another topic, whose offsets are printed as they are given', async (t) => {
  const db = await freshLocation(t);
  const other = await freshLocation(t);
  await stdoutOf(t, ['log', 'produce', '--db', db], `${LINE_A}}\n${LINE_A}}\n`);
  const printed = await stdoutOf(t, ['log', 'subscribe', 'a', '--idle-timeout', '10ms', '--db', db]);
  t.is(await stdoutOf(t, ['log', 'produce', '-', '--topic', 'copy', '--json', '--db', other], printed), '{"offset":0}\n{"offset":1}\n');
  const [record] = await recordsIn(other, 'copy');
  t.is(record.key, 2n ** 64n - 1n);
  t.is(record.timestamp, 1_700_000_000_123);
});

test('for people keys are digits and values text, and no byte that is no text is changed', async (t) => {
  const db = await freshLocation(t);
  const form = ['--key-text', '--value-text', '--db', db];
  const input = '{"headers":null,"key":"18446744073709551615","value":"héllo\\n"}\n{"headers":null,"key":7,"value64":"/w=="}\n';
  await stdoutOf(t, ['log', 'produce', '--topic', 't', ...form], input);
  const output = await stdoutOf(t, ['log', 'subscribe', 't', '--idle-timeout', '0', ...form]);
  const fields = lines(output).map((line) => JSON.parse(line));
  t.deepEqual(
    fields.map(({ key, value, value64 }) => [key, value, value64]),
    [
      ['18446744073709551615', 'héllo\n', undefined],
      ['7', undefined, '/w=='],
    ],
  );
});

test('a line may be as long as it likes: a value of 5 MB', async (t) => {
  const db = await freshLocation(t);
  const value = Buffer.alloc(5_000_000, 'lithify').toString('base64');
  await stdoutOf(t, ['log', 'produce', '--topic', 't', '--db', db], `{"headers":null,"key":1,"value":"${value}"}`);
  const output = await stdoutOf(t, ['log', 'subscribe', 't', '--idle-timeout', '0', '--db', db]);
  t.true(output.includes(`"value":"${value}"`));
});

test('partitions are chosen by the record, or by its key', async (t) => {
  const db = await freshLocation(t);
  const input = '{"headers":null,"key":4,"value":""}\n{"headers":null,"key":4,"value":"","partition":2}\n';
  await stdoutOf(t, ['log', 'produce', '--topic', 't', '--partitions', '3', '--db', db], input);
  t.deepEqual(
    (await recordsIn(db, 't')).map(({ partition }) => partition),
    [1, 2],
  );
  const output = await stdoutOf(t, ['log', 'subscribe', 't', '--partition', '2', '--idle-timeout', '0', '--db', db]);
  t.is(lines(output).length, 1);
});

test('a file that is not there makes no store, a topic that is not there no topic', async (t) => {
  const db = await freshLocation(t);
  const missing = await lithify(['log', 'produce', 'no-such-file', '--db', db]);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /^lithify: LITHIFY_NOT_FOUND: Cannot read no-such-file: .+\n$/);
  t.regex((await lithify(['log', 'topics', '--db', db])).stderr, /^lithify: LITHIFY_NOT_FOUND/);
  await stdoutOf(t, ['log', 'produce', '--db', db], '');
  t.regex((await lithify(['log', 'subscribe', 't', '--db', db])).stderr, /^lithify: LITHIFY_NOT_FOUND: There is no topic "t".+\n$/);
  t.is(await stdoutOf(t, ['log', 'topics', '--db', db]), '');
});
