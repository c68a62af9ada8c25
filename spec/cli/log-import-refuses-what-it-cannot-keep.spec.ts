import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { open } from 'lithify';
import { fileOf } from '../log/support/streambed.ts';
import { freshDirectory, lithify } from '../support/cli.ts';
import { numbered, produce, recordsIn } from './support/logs.ts';

test('a topic that goes on above the first record is left as it is', async (t) => {
  const directory = await freshDirectory(t);
  const db = join(directory, 'store');
  await produce(db, 't', numbered(3));
  await writeFile(join(directory, 't'), fileOf(2, 10));
  const args = ['log', 'import', directory, '--topic', 't', '--db', db];
  const { code, stdout, stderr } = await lithify(args);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^lithify: LITHIFY_INVALID_ARGUMENT: Topic 't' goes on at offset 3, and the files begin with 2.+\n$/);
  t.is((await recordsIn(db, 't')).length, 3);

  await writeFile(join(directory, 't'), fileOf(3, 10));
  t.is((await lithify(args)).code, 0);
  t.is((await recordsIn(db, 't')).length, 13);
});

test('a directory without the topic makes no store', async (t) => {
  const directory = await freshDirectory(t);
  const db = join(directory, 'store');
  await mkdir(join(directory, 'd.history'));
  for (const [from, topic, reason] of [
    [directory, 'missing', /no files of topic "missing"/],
    [join(directory, 'nowhere'), 't', /LITHIFY_NOT_FOUND: Cannot read .+nowhere: it is not there/],
    [directory, '../t', /LITHIFY_INVALID_ARGUMENT/],
    [directory, 'd', /d\.history is no file/],
  ] as const) {
    const { code, stderr } = await lithify(['log', 'import', from, '--topic', topic, '--db', db]);
    t.is(code, 1);
    t.regex(stderr, reason);
  }
  await t.throwsAsync(open(db, { createIfMissing: false }), { code: 'LITHIFY_NOT_FOUND' });
});
