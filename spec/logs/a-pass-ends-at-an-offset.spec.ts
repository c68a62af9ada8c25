import test from 'ava';
import { keyBasedRetention, nodeRuntime } from '../../index.ts';
import { HeldEngine } from '../support/held-engine.ts';
import { nextEvent } from '../support/next-event.ts';
import { records, recordsOf } from './support/topics.ts';

// D1 of the seed: its compactor took a reader that had been silent for 10 ms for the end of the log; on a slow disk 757 of 9,000 records were
// left.

const COUNT = 300;

for (const job of ['analyze', 'rewrite'] as const) {
  test(`however long a pass stands still in its ${job} job, all that it keeps is there, and what came meanwhile`, async (t) => {
    // Its clock goes on by ten milliseconds whenever it is looked at; nothing else goes on while it is held.
    const held = await HeldEngine.open({ memtableBytes: 256 * 1024, memoryBytes: 1024 * 1024 });
    t.teardown(() => held.engine.close());
    const topic = held.engine.topic('topic', { compaction: { strategy: keyBasedRetention(COUNT) } });
    await topic.produceMany(records(COUNT, { pad: 40 }));
    await topic.produceMany(records(COUNT / 2, { pad: 40 }));
    const begun = nextEvent(held.engine, 'jobStarted', (event) => {
      if (event.job === job) held.hold();
      return event.job === job;
    });
    const pass = nextEvent(held.engine, 'logPass');
    const compacted = topic.compact();
    await begun;
    await topic.produceMany(records(COUNT / 2));
    for (let waited = 0; waited < 200; waited++) await nodeRuntime().turn();
    held.release();
    await compacted;
    t.like(await pass, { pass: 1, from: 0, end: 1.5 * COUNT - 1 });
    const found = (await recordsOf(topic)).map(({ offset }) => offset);
    t.deepEqual(
      found,
      Array.from({ length: 1.5 * COUNT }, (_, i) => i + COUNT / 2),
    );
  });
}
