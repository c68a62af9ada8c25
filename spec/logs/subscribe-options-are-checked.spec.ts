import { inspect } from 'node:util';
import test from 'ava';
import type { SubscribeOptions } from '../../actors/logs/subscribe-options.ts';
import { ModelPartition } from './support/model-partition.ts';
import { subscription } from './support/subscriptions.ts';

const UNSAFE = Number.MAX_SAFE_INTEGER;

/** What is not sound, and the option that the error must name. */
const REFUSED: readonly [unknown, string][] = [
  [null, 'options'],
  ['beginning', 'options'],
  [{ fron: 'end' }, 'fron'],
  [{ idleTimeoutMs: 5 }, 'idleTimeoutMs'],
  [{ from: 'start' }, 'from'],
  [{ from: 3 }, 'from'],
  [{ from: null }, 'from'],
  [{ from: {} }, 'from'],
  [{ from: { offset: 1, after: 1 } }, 'from'],
  [{ from: { key: 1 } }, 'from'],
  [{ from: { offset: -1 } }, 'from.offset'],
  [{ from: { offset: 1.5 } }, 'from.offset'],
  [{ from: { offset: '1' } }, 'from.offset'],
  [{ from: { offset: 1n } }, 'from.offset'],
  [{ from: { after: UNSAFE } }, 'from.after'],
  [{ from: { after: -1 } }, 'from.after'],
  [{ from: { time: 'now' } }, 'from.time'],
  [{ from: { time: Number.NaN } }, 'from.time'],
  [{ from: { time: new Date(Number.NaN) } }, 'from.time'],
  [{ offsets: { partition: 0, offset: 1 } }, 'offsets'],
  [{ offsets: [5] }, 'offsets[0]'],
  [{ offsets: [{ topic: 'a', partition: 0, offset: -1 }] }, 'offsets[0].offset'],
  [{ offsets: [{ topic: 'a', partition: 0, offset: UNSAFE }] }, 'offsets[0].offset'],
  [{ offsets: [{ topic: 'a', partition: 0 }] }, 'offsets[0].offset'],
  [{ offsets: [{ topic: 'c', partition: 0, offset: 1 }] }, 'offsets[0]'],
  [{ offsets: [{ topic: 'a', partition: 7, offset: 1 }] }, 'offsets[0]'],
  [{ partition: 0, offsets: [{ topic: 'a', partition: 1, offset: 1 }] }, 'offsets[0]'],
  [{ offsets: [{ partition: 0, offset: 1 }] }, 'offsets[0].topic'],
  [{ offsets: [{ topic: 'a', partition: 0, ofset: 1 }] }, 'offsets[0].ofset'],
  [{ group: '' }, 'group'],
  [{ group: 5 }, 'group'],
  [{ partition: 2 }, 'partition'],
  [{ partition: '0' }, 'partition'],
  [{ idleTimeout: -1 }, 'idleTimeout'],
  [{ idleTimeout: '100ms' }, 'idleTimeout'],
  [{ idleTimeout: Number.POSITIVE_INFINITY }, 'idleTimeout'],
  [{ signal: true }, 'signal'],
];

for (const group of new Set(REFUSED.map(([, option]) => groupOf(option)))) {
  test(`what is not sound is refused by the name of the option: ${group}`, (t) => {
    for (const [given, option] of REFUSED.filter(([, one]) => groupOf(one) === group)) {
      const sources = [new ModelPartition('a', 0), new ModelPartition('a', 1), new ModelPartition('b', 0)];
      // What JavaScript lets through must be refused at run time.
      const refused = () => subscription(sources, given as SubscribeOptions);
      const error = t.throws(refused, { code: 'LITHIFY_INVALID_ARGUMENT' }, inspect(given));
      t.like(error, { details: { option } });
      t.true(error?.message.includes(option));
    }
  });
}

test('a topic need not be named where only one is subscribed', (t) => {
  const offsets = [{ partition: 1, offset: 4 }];
  t.notThrows(() => subscription([new ModelPartition('a', 0), new ModelPartition('a', 1)], { offsets }));
});

test('refused options leave nothing behind', (t) => {
  const { signal } = new AbortController();
  let listeners = 0;
  const counted = Object.assign(signal, { addEventListener: () => listeners++ });
  t.throws(() => subscription([new ModelPartition()], { signal: counted, idleTimeout: -1 }));
  t.is(listeners, 0);
});

function groupOf(option: string): string {
  return option.split(/[.[]/)[0];
}
