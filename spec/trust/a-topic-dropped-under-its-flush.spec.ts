import test from 'ava';
import { simulate } from '../../testing/index.ts';
import { SMALL } from '../../torture/simulation/scenario.ts';
import { checkBlobs } from '../../torture/simulation/store-after.ts';

// Found by equal histories, seed 500002: the drop gave a large value back, and the flush that was under way brought a part of the
// dropped topic that has it, too. The manifest refused the flush as a defect, and writing was over.
for (let seed = 1; seed <= 16; seed++) {
  test.serial(`a large value is given back once, and the flush goes on (seed ${seed})`, async (t) => {
    await simulate(seed, async (simulation) => {
      await simulation.life(async (life) => {
        const engine = await life.open(SMALL);
        const topic = await engine.topic('topic').make();
        await topic.produce({ key: 1n, value: 'large'.repeat(500) });
        await engine.kv.put('key', 'value');
        const flushed = engine.ask({ type: 'MinorCompact' });
        for (let steps = simulation.random.below(60); steps > 0; steps--) await simulation.scheduler.step('before the drop');
        t.true(await topic.drop());
        await flushed;
        await engine.kv.put('key', 'later');
        await engine.ask({ type: 'MajorCompaction' });
        await engine.ask({ type: 'GarbageCollect' });
        t.deepEqual((await engine.verify()).damage, []);
        t.is(await engine.kv.get('key'), 'later');
        await engine.close();
      });
      await checkBlobs(simulation.disk);
    });
  });
}
