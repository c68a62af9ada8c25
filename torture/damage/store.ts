import type { Engine } from '../../index.ts';
import { Builder, type BuildOptions, LENIENT, type SmallStore } from './builder.ts';
import type { Machine } from './machine.ts';

/**
 * A few KB of everything: minors above levels, tombstones, a range delete in the version, versions that a snapshot kept, a
 * topic with compacted parts, aged ones and records that are only in the log, a staged value, groups, garbage.
 */
export async function smallStore(seed: number, options: BuildOptions = {}): Promise<SmallStore> {
  const builder = new Builder(seed, options);
  await builder.run((engine) => oldData(builder, engine));
  await builder.run((engine) => levels(builder, engine), { minorTrigger: 2 });
  await builder.run((engine) => garbage(builder, engine), LENIENT);
  await builder.run((engine) => levelAbove(builder, engine), { ...LENIENT, minorTrigger: 1 });
  await builder.snapshotOfManifest();
  await builder.run((engine) => minors(builder, engine), LENIENT);
  return builder.killedIn((engine, machine) => unflushed(builder, engine, machine));
}

export function keyOf(number: number): string {
  return `key ${String(number).padStart(2, '0')}`;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function flush(engine: Engine): Promise<void> {
  await engine.ask({ type: 'MinorCompact' });
}

/** Tables of the last level, some with a version that only a snapshot saw, and a log with a compacted part. */
async function oldData(builder: Builder, engine: Engine): Promise<void> {
  const { random } = builder;
  for (let at = 0; at < 24; at += 6) {
    await builder.put(
      engine,
      ...Array.from({ length: 6 }, (_, i) => [keyOf(at + i), `old ${random.below(1000)} ${'.'.repeat(80)}`] as const),
    );
  }
  for (let i = 0; i < 12; i++) await builder.produce(engine, 'folded', i % 4, `folded ${i} ${random.below(1000)}`);
  const snapshot = engine.kv.snapshot();
  await builder.put(engine, [keyOf(3), 'newer'], [keyOf(4), undefined], [keyOf(9), 'newer']);
  await engine.ask({ type: 'MajorCompaction' });
  await engine.topic('folded').compact();
  builder.truth.fold('folded');
  await snapshot.close();
  builder.keep();
}

/** Two minors are merged into it. */
async function levels(builder: Builder, engine: Engine): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await builder.put(engine, [keyOf(5 + round), undefined], [keyOf(30 + round), `level ${round}`], [keyOf(14), `level ${round}`]);
    await flush(engine);
  }
  while (engine.stats().compactions.minor === 0) await turn();
  builder.keep();
}

/** A table that was rewritten, and that nobody has deleted yet. */
async function garbage(builder: Builder, engine: Engine): Promise<void> {
  await builder.put(engine, [keyOf(12), 'rewritten']);
  await engine.ask({ type: 'MajorCompaction', range: { gte: keyOf(12), lt: keyOf(13) } });
}

/** A level above the last: what is below weighs too much to be merged with a little. */
async function levelAbove(builder: Builder, engine: Engine): Promise<void> {
  await builder.put(engine, [keyOf(1), 'above'], [keyOf(23), 'above']);
  await flush(engine);
  while (engine.stats().minors.tables > 0) await turn();
  builder.keep();
}

/** Minors, one with versions that a snapshot kept, one with a range delete; aged parts; a large value. */
async function minors(builder: Builder, engine: Engine): Promise<void> {
  await builder.put(engine, [keyOf(40), 'minor'], [keyOf(7), 'for the snapshot'], [keyOf(8), 'minor']);
  const snapshot = engine.kv.snapshot();
  await builder.put(engine, [keyOf(40), 'minor again'], [keyOf(7), undefined]);
  await builder.produce(engine, 'plain', 1, 'a record that is aged');
  await builder.produce(engine, 'folded', 2, 'a record that no compaction has seen');
  await builder.produce(engine, 'plain', 2, 'x'.repeat(600));
  await flush(engine);
  await snapshot.close();
  builder.keep();
  await builder.clear(engine, keyOf(16), keyOf(19));
  await builder.put(engine, [keyOf(17), 'after the range delete']);
  await builder.commit(engine, 'folded', 7);
  await flush(engine);
}

/** Two segments of the log: the flush of the first never ends. */
async function unflushed(builder: Builder, engine: Engine, machine: Machine): Promise<void> {
  machine.gate = new Promise(() => {});
  await builder.put(engine, [keyOf(50), 'sealed'], [keyOf(10), undefined]);
  await builder.produce(engine, 'plain', 3, 'sealed');
  engine.tell({ type: 'MinorCompact' });
  while (engine.stats().memtables.sealed.length === 0) await turn();
  builder.segmentBegins();
  builder.keep();
  await builder.put(engine, [keyOf(51), 'only in the log']);
  await builder.put(engine, [keyOf(52), 'only in the log'], [keyOf(11), undefined], [keyOf(3), 'newest']);
  await builder.produce(engine, 'folded', 1, 'only in the log');
  await builder.commit(engine, 'plain', 1);
  await builder.together(engine, keyOf(53), 'both');
  await builder.putUnsynced(engine, keyOf(54), 'may be lost');
  await builder.clear(engine, keyOf(20), keyOf(22));
}
