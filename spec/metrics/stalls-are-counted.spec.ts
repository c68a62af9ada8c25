import test from 'ava';
import { nodeRuntime } from '../../index.ts';
import { openEngine, TINY } from '../support/engines.ts';
import { Faults } from '../support/faults.ts';
import { nextEvent } from '../support/next-event.ts';
import { valueOf } from './support/points.ts';

test('while writers stand still it is told that they do, and for how long so far; afterwards the time stays', async (t) => {
  const faults = Faults.create();
  faults.hold('flush');
  t.teardown(() => faults.release('flush'));
  const real = nodeRuntime({ startThread: faults.start });
  let ahead = 0;
  const runtime = { ...real, clock: { ...real.clock, now: () => real.clock.now() + ahead } };
  const engine = await openEngine(t, { ...TINY, memoryBytes: 64 * 1024, compactors: 1, workers: 1, runtime });
  const WAITING = { kind: 'waiting', cause: 'memory' } as const;
  const waiting = nextEvent(engine, 'writersWaiting');
  t.is(valueOf(engine, 'write.stalls', WAITING), 0);
  const writes = Array.from({ length: 2_000 }, (_, i) => engine.kv.put(`key-${i}`, `value ${i}`));
  t.is((await waiting).cause, 'memory');
  t.is(valueOf(engine, 'write.stalls', WAITING), 1);
  t.is(valueOf(engine, 'write.stalled', { kind: 'waiting' }), 1);
  t.true((valueOf(engine, 'write.waiting_bytes') ?? 0) > 0);
  const soFar = valueOf(engine, 'write.stall_time', WAITING) ?? 0;
  ahead = 60_000;
  t.true((valueOf(engine, 'write.stall_time', WAITING) ?? 0) >= soFar + 60_000);
  faults.release('flush');
  await Promise.all(writes);
  t.true((valueOf(engine, 'write.stall_time', WAITING) ?? 0) >= 60_000);
  t.is(valueOf(engine, 'write.stalled', { kind: 'waiting' }), 0);
});

test('how much longer writes took because memory filled up is told apart from standing still', async (t) => {
  const faults = Faults.create();
  faults.hold('flush');
  t.teardown(() => faults.release('flush'));
  const options = { ...TINY, memoryBytes: 256 * 1024, compactors: 1, workers: 1 };
  const engine = await openEngine(t, { ...options, runtime: nodeRuntime({ startThread: faults.start }) });
  const slowed = nextEvent(engine, 'writersSlowed');
  const waiting = nextEvent(engine, 'writersWaiting');
  const writes = Array.from({ length: 10_000 }, (_, i) => engine.kv.put(`key-${i}`, `value ${i}`));
  t.is((await slowed).cause, 'memory');
  t.true((valueOf(engine, 'write.stalls', { kind: 'slowed', cause: 'memory' }) ?? 0) >= 1);
  await waiting;
  t.true((valueOf(engine, 'write.stall_time', { kind: 'slowed', cause: 'memory' }) ?? 0) > 0);
  t.is(valueOf(engine, 'write.stall_time', { kind: 'slowed', cause: 'compaction' }), 0);
  faults.release('flush');
  await Promise.all(writes);
});
