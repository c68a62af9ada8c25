import { existsSync } from 'node:fs';
import test from 'ava';
import { freshDirectory, freshLocation, lithify } from '../support/cli.ts';

const commands: string[][] = [
  ['get', 'a'],
  ['del', 'a'],
  ['scan'],
  ['dump'],
  ['compact'],
  ['gc'],
  ['stats'],
  ['verify'],
  ['why', '--waiting'],
  ['inspect'],
  ['log', 'topics'],
];

for (const command of commands) {
  test(`${command.join(' ')} on a directory that is not there exits 1 with one line and does not make one`, async (t) => {
    const db = await freshLocation(t);
    const { code, stdout, stderr } = await lithify([...command, '--db', db]);
    t.is(code, 1);
    t.is(stdout, '');
    t.is(stderr, `lithify: LITHIFY_NOT_FOUND: Cannot open ${db}: there is no store; see how it is spelt.\n`);
    t.false(existsSync(db));
  });
}

test('a directory without a store, and one with a store where a new one is wanted, are named in the words of the command', async (t) => {
  const empty = await freshDirectory(t);
  const used = await freshDirectory(t);
  await lithify(['put', 'key', 'value', '--db', used]);
  const [restored, made] = [await lithify(['restore', empty, '--db', `${empty}/new`]), await lithify(['demo', '--db', used])];
  t.is(restored.stderr, `lithify: LITHIFY_NOT_FOUND: Cannot open ${empty}: there is no store; see how it is spelt.\n`);
  t.regex(made.stderr, /^lithify: LITHIFY_EXISTS: Cannot open .+: there is a store already; name another place\.$/m);
  t.true(made.stderr.includes(used));
  t.deepEqual([restored.code, made.code], [1, 1]);
});

test('load of a file that is not there exits 1 and makes no store', async (t) => {
  const db = await freshLocation(t);
  const { code, stderr } = await lithify(['load', `${await freshDirectory(t)}/none`, '--db', db]);
  t.is(code, 1);
  t.regex(stderr, /^lithify: LITHIFY_NOT_FOUND: Cannot read .+none: it is not there; .+\n$/);
  t.false(existsSync(db));
});
