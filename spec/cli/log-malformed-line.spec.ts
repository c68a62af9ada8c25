import test from 'ava';
import { freshLocation, lithify } from '../support/cli.ts';
import { recordsIn } from './support/logs.ts';

const GOOD = '{"topic":"t","headers":null,"key":1,"value":""}\n';
const WRONG: readonly (readonly [line: string, reason: RegExp])[] = [
  ['{"topic":"t","headers":null,"key":1', /not JSON/],
  ['{"headers":null,"key":1,"value":""}', /topic .*missing/],
  ['{"topic":"t","headers":null,"key":18446744073709551616,"value":""}', /key/],
  ['{"topic":"t","headers":null,"key":1.5,"value":""}', /key/],
  ['{"topic":"t","headers":null,"key":1,"value":"","vaule":""}', /vaule/],
  ['{"topic":"t","headers":null,"key":1,"value":"","partition":1}', /Partition 1 is not one of 0 to 0/],
  ['{"topic":"","headers":null,"key":1,"value":""}', /name of a topic/],
];

test('a bad line exits 1 with its number and what is wrong; what was before it is stored, and nothing after it', async (t) => {
  const ends = await Promise.all(
    WRONG.map(async ([line, reason], i) => {
      const db = await freshLocation(t);
      const { code, stdout, stderr } = await lithify(['log', 'produce', '--db', db], {
        input: `${GOOD}\n${GOOD.repeat(i)}${line}\n${GOOD}`,
      });
      return { db, reason, code, stdout, stderr, count: 1 + i };
    }),
  );
  for (const { db, reason, code, stdout, stderr, count } of ends) {
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(stderr, reason);
    t.regex(
      stderr,
      new RegExp(
        `^lithify: LITHIFY_INVALID_ARGUMENT: line ${count + 2}: .+ \\(${count} records? before it (is|are) stored, nothing after it\\)\n$`,
      ),
    );
    t.is((await recordsIn(db, 't')).length, count);
  }
});

test('more than a batch before a bad line is stored as well, and bytes that are no text are a bad line', async (t) => {
  const db = await freshLocation(t);
  const input = Buffer.concat([Buffer.from(GOOD.repeat(9000)), Buffer.from([0x7b, 0xff, 0x7d, 0x0a])]);
  const { code, stderr } = await lithify(['log', 'produce', '--db', db], { input });
  t.is(code, 1);
  t.regex(stderr, /line 9001: .*not UTF-8.* \(9,000 records before it are stored, nothing after it\)/);
  t.is((await recordsIn(db, 't')).length, 9000);
});
