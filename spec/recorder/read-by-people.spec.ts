import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parseRecorderDump, type RecorderDump } from '../../index.ts';
import { lithify } from '../support/cli.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { fill } from '../support/held-engine.ts';

const DUMP: RecorderDump = {
  ...{ format: 'lithify-recorder', version: 1, reason: 'LITHIFY_WORKER_DIED', wallMs: 0, location: '/store', dropped: 40 },
  error: { code: 'LITHIFY_WORKER_DIED', message: 'worker-0 ended\nwith code 1' },
  entries: [
    { n: 41, atMs: 7, kind: 'message', type: 'MinorCompact', actor: 'engine', envelope: 'm1' },
    {
      n: 42,
      atMs: 7.25,
      kind: 'message',
      type: 'Assign',
      actor: 'compactor-0',
      from: 'mailbox',
      cause: 41,
      details: { ticket: { id: 3 } },
    },
    {
      ...{ n: 43, atMs: 1007.5, kind: 'transition', type: 'idle → working.running', actor: 'compactor-0', cause: 42 },
      details: { machine: 'compactor', event: 'Assign', from: ['idle'], to: ['working.running'] },
    },
    {
      n: 44,
      atMs: 1008,
      kind: 'event',
      type: 'jobSettled',
      actor: 'compactor-0/job',
      cause: 42,
      ms: 12.34,
      details: { job: 'flush\u001b[2J' },
    },
    { n: 45, atMs: 1009, kind: 'decision', type: 'orderChosen', actor: 'tablet', details: { reason: 'level 5 is full', notPicked: [] } },
  ],
};

async function dumpFile(t: Parameters<typeof tempDirectory>[0], dump: unknown = DUMP): Promise<string> {
  const file = join(await tempDirectory(t), 'dump.json');
  await writeFile(file, typeof dump === 'string' ? dump : JSON.stringify(dump));
  return file;
}

test('a dump is printed with a head and one line an entry, in columns', async (t) => {
  const { code, stdout, stderr } = await lithify(['recorder', await dumpFile(t)]);
  t.is(code, 0, stderr);
  t.is(
    stdout,
    [
      'store    /store',
      'written  1970-01-01 00:00:00.000 UTC: LITHIFY_WORKER_DIED',
      'error    LITHIFY_WORKER_DIED: worker-0 ended\\u000awith code 1',
      'entries  5 (2 messages, 1 transition, 1 event, 1 decision); 40 entries before them were dropped',
      'columns  number, ms since the engine began to open, cause, actor ← sender, type, details',
      '',
      '41     +7.0       engine                 MinorCompact            m1',
      '42     +7.3  ↳41  compactor-0 ← mailbox  Assign                  ticket={"id":3}',
      '43  +1007.5  ↳42  compactor-0            idle → working.running  event=Assign',
      '44  +1008.0  ↳42  compactor-0/job        jobSettled              12.3 ms job="flush\\u001b[2J"',
      '45  +1009.0       tablet                 orderChosen             reason="level 5 is full" notPicked=[]',
      '',
    ].join('\n'),
  );
});

test('what is printed can be narrowed by actor, kind, type and time, as text and as JSON', async (t) => {
  const file = await dumpFile(t);
  const narrowed: [args: string[], left: number[]][] = [
    [
      ['--actor', 'compactor-0'],
      [42, 43, 44],
    ],
    [['--type', 'working.running'], [43]],
    [
      ['--since', '1007.5'],
      [43, 44, 45],
    ],
    [['--since', '8', '--actor', 'compactor-0', '--kind', 'transition'], [43]],
  ];
  for (const [args, left] of narrowed) {
    const { code, stdout } = await lithify(['recorder', file, ...args, '--json']);
    t.is(code, 0);
    const { entries, ...head } = parseRecorderDump(stdout);
    t.deepEqual(
      entries.map(({ n }) => n),
      left,
      args.join(' '),
    );
    t.is(head.dropped, 40);
  }
  const { code, stdout } = await lithify(['recorder', file, '--actor', 'nobody']);
  t.deepEqual([code, stdout.split('\n').at(-2)], [0, 'no such entries']);
});

test('a file that is none fails in one line; wrong usage is told from that', async (t) => {
  const bad = [
    await dumpFile(t, '{"format":'),
    await dumpFile(t, '{}'),
    await dumpFile(t, { ...DUMP, entries: 7 }),
    '/not/there',
    await tempDirectory(t),
  ];
  for (const file of bad) {
    const { code, stdout, stderr } = await lithify(['recorder', file]);
    t.deepEqual([code, stdout], [1, ''], file);
    t.regex(stderr, /^lithify: [^\n]+\n$/);
  }
  const file = await dumpFile(t);
  for (const args of [[], [file, '--kind', 'rumour'], [file, '--since', 'yesterday']]) {
    t.is((await lithify(['recorder', ...args])).code, 2, args.join(' '));
  }
});

test('what is in a dump neither breaks its line nor turns what stands around it', async (t) => {
  const hostile = 'a\u202eb\u2066c\u2028d\u001b[31m';
  const entries = [{ n: 1, atMs: 0, kind: 'event', type: hostile, actor: hostile, details: { name: hostile } }];
  const { code, stdout } = await lithify(['recorder', await dumpFile(t, { ...DUMP, location: hostile, entries })]);
  t.is(code, 0);
  for (const one of ['\u202e', '\u2066', '\u2028', '\u001b']) t.false(stdout.includes(one));
  t.true(stdout.includes('a\\u202eb\\u2066c\\u2028d\\u001b[31m'));
});

test('what an engine saves is printed whole', async (t) => {
  const engine = await openEngine(t, TINY);
  await fill(engine, 50);
  await engine.ask({ type: 'MinorCompact' });
  const file = await engine.recorder.save();
  const { code, stdout } = await lithify(['recorder', file]);
  t.is(code, 0);
  const lines = stdout.split('\n').filter((line) => /^ *\d+ /.test(line));
  t.is(lines.length, parseRecorderDump((await lithify(['recorder', file, '--json'])).stdout).entries.length);
  t.true(lines.some((line) => /idle → working\.running +event=Assign/.test(line)));
});
