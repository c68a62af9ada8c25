import test from 'ava';
import { open } from 'lithify';
import { freshLocation, lithify } from '../support/cli.ts';
import { lines, numbered, produce, stdoutOf } from './support/logs.ts';

test('topics, offsets and groups are listed for people and for programs; a topic that is dropped is in none of them', async (t) => {
  const db = await freshLocation(t);
  await produce(db, 'two\n', numbered(1500), 2);
  await produce(db, 'empty', []);
  {
    await using engine = await open(db);
    await engine.topic('empty').make();
    await engine.topic('two\n').commit('readers', 700, 1);
  }
  const topics = await stdoutOf(t, ['log', 'topics', '--db', db]);
  t.regex(topics, /^empty +1 partition, 0 records, .+\ntwo\\u000a {2}2 partitions, 1,500 records, .+\n$/);
  const [empty, two] = lines(await stdoutOf(t, ['log', 'topics', '--json', '--db', db])).map((line) => JSON.parse(line));
  t.deepEqual([empty.name, two.name, two.partitions, two.records], ['empty', 'two\n', 2, 1500]);

  t.is(await stdoutOf(t, ['log', 'offsets', 'two\n', '--db', db]), 'partition 0  0 to 749, next 750\npartition 1  0 to 749, next 750\n');
  const offsets = await stdoutOf(t, ['log', 'offsets', 'empty', '--partition', '0', '--json', '--db', db]);
  t.is(offsets, '{"partition":0,"beginning_offset":null,"end_offset":null,"next_offset":0}\n');

  t.regex(await stdoutOf(t, ['log', 'groups', 'two\n', '--db', db]), /^readers {2}partition 1: 700 committed .+ ago, 49 to read\n$/);
  const group = JSON.parse(await stdoutOf(t, ['log', 'groups', 'two\n', '--json', '--db', db]));
  t.deepEqual([group.group, group.partition, group.committed, group.lag], ['readers', 1, 700, 49]);

  t.is(await stdoutOf(t, ['log', 'drop', 'two\n', '--db', db]), '');
  const again = await lithify(['log', 'drop', 'two\n', '--db', db]);
  t.is(again.code, 1);
  t.regex(again.stderr, /^lithify: LITHIFY_NOT_FOUND: There is no topic "two\\n".+\n$/);
  t.regex(await stdoutOf(t, ['log', 'topics', '--db', db]), /^empty .+\n$/);
});
