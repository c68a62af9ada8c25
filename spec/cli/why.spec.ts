import { existsSync } from 'node:fs';
import test from 'ava';
import { freshLocation, lithify } from '../support/cli.ts';

test('why says what a blob is, what keeps keys as they are, and that nobody waits', async (t) => {
  const db = await freshLocation(t);
  await lithify(['put', 'a', 'b', '--db', db]);
  await lithify(['compact', '--db', db, '--json']);
  const why = async (...options: string[]) => await lithify(['why', '--db', db, ...options]);
  const range = await why('--range');
  t.is(range.code, 0);
  t.regex(range.stdout, /^No compaction of the whole store is under way or planned\. 1 minor: fewer than 4/);
  t.regex(range.stdout, /^ {2}not-worth-it: 1 minor: .*\n {4}→ A MajorCompaction merges them all the same\.$/m);
  t.regex((await why('--range', 'b')).stdout, /^No compaction of the keys from 'b' .* No table has keys in this range\./);
  t.regex((await why('--range', '', 'b')).stdout, /^No compaction of the keys below 'b' /);
  t.is((await why('--waiting')).stdout, 'Nobody waits.\n');
  t.like(JSON.parse((await why('--waiting', '--json')).stdout), { sentence: 'Nobody waits.', reasons: [] });
  t.like(JSON.parse((await why('--blob', '5', '--json')).stdout).reasons[0], { code: 'never-was' });
});

test('control characters of a key do not reach the terminal', async (t) => {
  const db = await freshLocation(t);
  await lithify(['put', 'a', 'b', '--db', db]);
  const { stdout } = await lithify(['why', '--db', db, '--range', '\u001b[2J']);
  t.regex(stdout, /the keys from '\\u001b\[2J'/);
});

for (const [what, options] of [
  ['nothing', []],
  ['two things', ['--waiting', '--blob', '3']],
  ['three keys', ['--range', 'a', 'b', 'c']],
  ['what is no id', ['--blob', '-1']],
] as const) {
  test(`asking for ${what} is wrong usage, and opens nothing`, async (t) => {
    const db = await freshLocation(t);
    const { code, stdout, stderr } = await lithify(['why', '--db', db, ...options]);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, /^error: /);
    t.false(existsSync(db));
  });
}

test('on a directory that is not there it exits 1 and makes no store', async (t) => {
  const db = await freshLocation(t);
  const { code, stderr } = await lithify(['why', '--waiting', '--db', db]);
  t.is(code, 1);
  t.regex(stderr, /^lithify: LITHIFY_NOT_FOUND: .+\n$/);
  t.false(existsSync(db));
});
