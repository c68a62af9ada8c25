import { join } from 'node:path';
import test from 'ava';
import { parseIntent } from '../../cli/demo/intent.ts';
import { parseConsumerOffset } from '../../cli/log/where-to-start.ts';
import { runCommandLine } from '../../cli/program.ts';
import { Random } from '../../testing/random.ts';
import { mutatedText } from '../../torture/fuzz/text-mutations.ts';
import { tempDirectory } from '../support/engines.ts';

/** Options that take a number, a time or a place, and what stands before them. */
const OPTIONS: readonly (readonly string[])[] = [
  ['scan', '--limit'],
  ['log', 'produce', '/dev/null', '--partitions'],
  ['log', 'compact', 't', '--strategy', 'key', '--max-keys'],
  ['log', 'compact', 't', '--max-age'],
  ['log', 'compact', 't', '--max-bytes'],
  ['log', 'subscribe', 't', '--offset'],
  ['log', 'subscribe', 't', '--from'],
];
const NONE = ['', '-1', '1e9', '0x10', ' 1', '1.5', 'NaN', 'Infinity', '99999999999999999999', '__proto__', '٣', '\0', '1\n'];

// Each run listens for the end of stderr's reader, as a process does once.
process.stderr.setMaxListeners(0);

/** Without a word on the terminal. */
async function exitCode(args: readonly string[]): Promise<number> {
  const [out, err] = [process.stdout.write, process.stderr.write];
  process.stdout.write = process.stderr.write = () => true;
  try {
    return await runCommandLine(args);
  } finally {
    process.stdout.write = out;
    process.stderr.write = err;
  }
}

for (const option of OPTIONS) {
  test.serial(`${option.at(-1)}: what is no such thing is wrong usage, before any store is looked for`, async (t) => {
    const db = join(await tempDirectory(t), 'store');
    const name = String(option.at(-1));
    for (const value of NONE) t.is(await exitCode([...option.slice(0, -1), '--db', db, `${name}=${value}`]), 2, JSON.stringify(value));
  });
}

test.serial('arguments of any text end with an exit code, whatever they are', async (t) => {
  const db = join(await tempDirectory(t), 'store');
  const random = new Random(11);
  const words = ['get', 'key', '--db', '--json', '--limit', 'log', 'topics', '--help', '--topic=x', '--'];
  for (let round = 0; round < 100; round++) {
    const args = Array.from({ length: random.below(4) }, () => mutatedText(random, words));
    // A command that writes, or that runs for long, is not reached: those that are read only fail where there is no store.
    const code = await exitCode(['get', ...args, '--db', db]);
    t.true(code === 0 || code === 1 || code === 2, `${JSON.stringify(args)}: ${code}`);
  }
});

test('a place to start from has numbers that are counted exactly', (t) => {
  t.deepEqual(parseConsumerOffset('a,b,1,9007199254740991'), { topic: 'a,b', partition: 1, offset: 2 ** 53 - 1 });
  for (const text of ['t,0,9007199254740992', `t,${'9'.repeat(400)},1`, 't,1', ',1,2', 't,-1,2', 't,1,2\n'])
    t.throws(() => parseConsumerOffset(text), { message: /TOPIC,PARTITION,OFFSET/ }, text);
});

test('an intent file that is none says so', (t) => {
  const workload = '{"seed":1,"writes":2,"keys":3,"valueBytes":4,"batch":5}\n';
  t.is(parseIntent(`${workload}issued 2\n`).issued, 2);
  for (const text of [
    '',
    'null\n',
    '{\n',
    '[]\n',
    '7\n',
    '{"seed":1}\n',
    '{"seed":"x","writes":2,"keys":3,"valueBytes":4,"batch":5}\n',
    `${workload}issued x\n`,
    `${workload}issued 1e9\n`,
    `${workload}__proto__ 1\n`,
  ])
    t.throws(() => parseIntent(text), { message: /^the intent file/ }, JSON.stringify(text));
});
