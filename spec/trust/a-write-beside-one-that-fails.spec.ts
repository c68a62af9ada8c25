import test from 'ava';
import type { Engine } from '../../index.ts';
import { type FaultRule, type Simulation, simulate } from '../../testing/index.ts';
import { SMALL } from '../../torture/simulation/scenario.ts';

// Found by simulation, seed 5: LevelDB says OK to a write behind one that failed, and forgets it. A flush was committed whose table was
// such a write; after the next opening its keys were gone.
const LATE: FaultRule = { on: 'write', prefix: '/store/blobs', probability: 0.5, fault: { kind: 'delay', ms: 40 } };
const FAILS: FaultRule = { on: 'delete', prefix: '/store/blobs', times: 1, fault: { kind: 'error', when: 'before', code: 'EIO' } };
const KEYS = 40;

for (let seed = 1; seed <= 16; seed++) {
  test.serial(`a table that was written beside a delete that failed is not relied on (seed ${seed})`, async (t) => {
    await simulate(seed, async (simulation) => {
      await simulation.life(async (life) => {
        const engine = await life.open(SMALL);
        await compactAndFail(engine, simulation);
        await engine.close();
      });
      await simulation.life(async (life) => {
        const engine = await life.open(SMALL);
        t.deepEqual((await engine.verify()).damage, []);
        t.is((await engine.kv.keys().all()).length, KEYS);
        await engine.close();
      });
    });
  });
}

/** Blobs are deleted, and one of these deletes fails, while flushes write tables that take their time. */
async function compactAndFail(engine: Engine, { rules }: Simulation): Promise<void> {
  rules.add(LATE);
  rules.add(FAILS);
  for (let i = 0; i < KEYS; i++) {
    await engine.kv.put(`key ${i}`, 'value'.repeat(10));
    if (i % 2 === 0) void engine.ask({ type: 'MinorCompact' }).catch(() => undefined);
  }
  rules.clear();
  await engine.ask({ type: 'MajorCompaction' }).catch(() => undefined);
  await engine.ask({ type: 'MajorCompaction' });
}
