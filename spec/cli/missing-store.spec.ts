import { existsSync } from 'node:fs';
import test from 'ava';
import { freshDirectory, freshLocation, lithify } from '../support/cli.ts';

const commands: string[][] = [['get', 'a'], ['del', 'a'], ['scan'], ['dump'], ['compact'], ['gc'], ['stats'], ['verify']];

for (const command of commands) {
  test(`${command[0]} on a directory that is not there exits 1 with one line and does not make one`, async (t) => {
    const db = await freshLocation(t);
    const { code, stdout, stderr } = await lithify([...command, '--db', db]);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, /^lithify: LITHIFY_NOT_FOUND: .+\n$/);
    t.false(existsSync(db));
  });
}

test('load of a file that is not there exits 1 and makes no store', async (t) => {
  const db = await freshLocation(t);
  const { code, stderr } = await lithify(['load', `${await freshDirectory(t)}/none`, '--db', db]);
  t.is(code, 1);
  t.regex(stderr, /^lithify: cannot read .+ENOENT.+\n$/);
  t.false(existsSync(db));
});
