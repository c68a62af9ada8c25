import test from 'ava';
import type { JobCommand } from '../../storage/jobs/job.ts';
import { runJob } from '../../storage/jobs/run-job.ts';
import type { LogPart } from '../../storage/log/part.ts';
import { keyBasedRetention } from '../../storage/log/strategies/key-based.ts';
import { nthKeyBasedRetention } from '../../storage/log/strategies/nth-key-based.ts';
import { strategySpecOf } from '../../storage/log/strategies/strategy-spec.ts';
import { refusal } from './support/errors.ts';
import { given, PassBench } from './support/passes.ts';

const PART_BYTES = 600;

async function prepared(): Promise<{ bench: PassBench; parts: LogPart[]; before: number[] }> {
  const bench = new PassBench();
  const parts = await bench.parts(
    Array.from({ length: 60 }, (_, offset) => given(offset, offset, { isStaged: offset % 20 === 0 })),
    20,
  );
  return { bench, parts, before: await bench.blobs.list() };
}

async function blobs(bench: PassBench): Promise<number[]> {
  return [...(await bench.blobs.list()), ...(await bench.blobs.listUnfinished())];
}

for (const inThread of [true, false]) {
  const where = inThread ? 'in a thread' : 'in-process';

  test(`a disk that is full at any block leaves no blob, names the cause, and the next attempt succeeds, ${where}`, async (t) => {
    const { bench, parts, before } = await prepared();
    const whole = bench.offsets(parts);
    let attempts = 0;
    for (let room = 0; ; room++) {
      let writes = 0;
      bench.blobs.slow = room % 2 === 1;
      bench.blobs.before = (operation) => {
        if ((operation !== 'append' && operation !== 'close') || writes++ < room) return;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      const work = () => bench.rewrite(parts, { partBytes: PART_BYTES, inThread });
      if (room < 12) {
        const error = await refusal('LITHIFY_DISK_FULL', work);
        t.truthy(error.cause);
        t.deepEqual(await blobs(bench), before);
        attempts++;
        continue;
      }
      bench.blobs.before = () => {};
      t.deepEqual(bench.offsets((await work()).parts), whole);
      break;
    }
    t.is(attempts, 12);
  });

  test(`an abort is heard at the next block and leaves no blob, ${where}`, async (t) => {
    const { bench, parts, before } = await prepared();
    for (const after of [0, 1, 5, 10]) {
      let asked = 0;
      const command = (): JobCommand => (asked++ < after ? 'run' : 'abort');
      await refusal('LITHIFY_ABORTED', () => bench.rewrite(parts, { partBytes: PART_BYTES, inThread, command }));
      t.is(asked, after + 1);
      asked = 0;
      await refusal('LITHIFY_ABORTED', () => bench.analyze(parts, keyBasedRetention(9), { inThread, command }));
      t.is(asked, after + 1);
    }
    t.deepEqual(await blobs(bench), before);
  });

  test(`damage is reported with blob and block, and what was copied before it is deleted, ${where}`, async (t) => {
    const { bench, parts, before } = await prepared();
    const { id } = parts[1].blob;
    bench.blobs.visible.get(id)?.[2].fill(7, 40, 50);
    for (const work of [
      () => bench.rewrite(parts, { partBytes: PART_BYTES, inThread }),
      () => bench.analyze(parts, keyBasedRetention(9), { inThread }),
    ]) {
      const error = await refusal('LITHIFY_CORRUPTION', work);
      t.like(error.details, { blobId: id, block: 2 });
    }
    t.deepEqual(await blobs(bench), before);
  });
}

test('a missing blob is named', async (t) => {
  const { bench, parts } = await prepared();
  await bench.blobs.delete(parts[2].blob.id);
  const error = await refusal('LITHIFY_READER_UNAVAILABLE', () => bench.rewrite(parts));
  t.deepEqual(error.details.blobIds, [parts[2].blob.id]);
});

test('a large value that a function of the user’s must see, and that is damaged, is damage', async (t) => {
  const { bench, parts } = await prepared();
  const [staged] = parts[0].staged;
  bench.blobs.visible.get(staged.id)?.[0].fill(7, 14, 16);
  const strategy = keyBasedRetention(9, { key: ({ value }) => `${value.length}` });
  t.is((await refusal('LITHIFY_CORRUPTION', () => bench.analyze(parts, strategy))).details.blobId, staged.id);
});

test('each block’s progress is told', async (t) => {
  const { bench, parts } = await prepared();
  const told = { records: 0, bytes: 0, calls: 0 };
  const context = bench.context({ inThread: true });
  const control = {
    command: () => 'run' as const,
    progress: (records: number, bytes: number) => {
      told.records += records;
      told.bytes += bytes;
      told.calls++;
    },
  };
  const common = { topic: 't', partition: 0, parts };
  const analyzed = await runJob(
    { kind: 'analyze', pass: 'p', strategy: { kind: 'key', maxKeys: 9 }, from: 0, ...common },
    { ...context, control },
  );
  t.like(told, { records: 60, bytes: analyzed.bytesRead, calls: parts.reduce((sum, { blocks }) => sum + blocks, 0) });
  told.records = 0;
  await runJob({ kind: 'rewrite', rules: {}, blockBytes: 96, partBytes: 1e6, ...common }, { ...context, control });
  t.is(told.records, 60);
});

test('in-process the event loop gets its turns, also inside a large block and while a large map is collected', async (t) => {
  const bench = new PassBench();
  const part = await bench.part(
    Array.from({ length: 5000 }, (_, offset) => given(offset, offset)),
    { blockBytes: 1_000_000 },
  );
  let turns = 0;
  const turn = async (): Promise<void> => {
    turns++;
  };
  const context = { ...bench.context(), turn };
  const common = { topic: 't', partition: 0, parts: [part] };
  for (const [strategy, least] of [
    [nthKeyBasedRetention(9999, 3), 5],
    [keyBasedRetention(9999, { key: ({ key }) => `${key}` }), 300],
  ] as const) {
    turns = 0;
    const spec = strategySpecOf(strategy);
    const { map } = await runJob({ kind: 'analyze', pass: 'p', strategy: spec, from: 0, ...common }, context);
    t.true(turns > least, `${turns} turns`);
    turns = 0;
    await runJob({ kind: 'rewrite', rules: {}, blockBytes: 96, partBytes: 1e6, strategy: spec, ...(map && { map }), ...common }, context);
    t.true(turns >= (spec.kind === 'object' ? 300 : 1), `${turns} turns`);
  }
});
