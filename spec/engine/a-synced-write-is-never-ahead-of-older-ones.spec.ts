import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { nodeRuntime, open, type Runtime } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { assertWithin } from '../support/assert-within.ts';
import { contentOf, TINY, tempDirectory } from '../support/engines.ts';
import { type SyncedFiles, syncedFiles } from '../support/synced-files.ts';

/** A write of one key; a loss of power that keeps so large a part of what was not synced; flushes that stand still, or go on. */
type Step = { readonly sync: boolean; readonly bytes: number } | { readonly kept: number } | { readonly flushing: boolean };

const write = fc.record({ sync: fc.boolean(), bytes: fc.constantFrom(10, 300, 900) });
const loss = fc.record({ kept: fc.constantFrom(0, 0, 0.3, 0.7, 1) });
const flushing = fc.record({ flushing: fc.boolean() });
const history = fc.array<Step>(
  fc.oneof({ weight: 8, arbitrary: write }, { weight: 1, arbitrary: loss }, { weight: 1, arbitrary: flushing }),
  {
    minLength: 20,
    maxLength: 60,
  },
);

test('after any loss of power there are the first writes in the order in which they were made, the last synced one among them', async (t) => {
  await assertWithin(
    30_000,
    history,
    async (steps) => {
      const directory = await realpath(await tempDirectory(t));
      const files = syncedFiles(nodeFiles());
      // A few writes fill a memtable, so that losses come between the beginning of a new part of the log and the flush of the old one.
      const options = { ...TINY, durability: 'os', memtableBytes: 4096 } as const;
      const engine = await open(directory, { ...options, runtime: held(files, () => isHeld) });
      let [made, certain, isHeld] = [0, 0, true];
      try {
        for (const step of [...steps, { kept: 0 }]) {
          if ('kept' in step) {
            const left = await leftAfterLoss(t, directory, files, step.kept);
            const numbers = left.map(([key]) => Number(key.slice(1)));
            t.deepEqual(
              numbers,
              Array.from(numbers, (_, at) => at),
            );
            t.true(numbers.length >= certain && numbers.length <= made, `${numbers.length} of ${made} writes, ${certain} synced`);
            continue;
          }
          if ('flushing' in step) {
            isHeld = !step.flushing;
            continue;
          }
          await engine.kv.put(`k${String(made).padStart(4, '0')}`, 'v'.repeat(step.bytes), { sync: step.sync });
          made++;
          if (step.sync) certain = made;
        }
      } finally {
        isHeld = false;
        await engine.close();
      }
    },
    { numRuns: 12, includeErrorInReport: true },
  );
});

async function leftAfterLoss(t: ExecutionContext, directory: string, files: SyncedFiles, kept: number): Promise<[string, string][]> {
  const copy = join(await tempDirectory(t), 'copy');
  await files.copyAfterPowerLoss(directory, copy, (unsynced) => Math.floor(unsynced * kept));
  const engine = await open(copy, TINY);
  try {
    return await contentOf(engine);
  } finally {
    await engine.close();
  }
}

/** Jobs stand still at their next block for as long as they are held. */
function held(files: SyncedFiles, isHeld: () => boolean): Runtime {
  const real = nodeRuntime({ files });
  let ticks = 0;
  const turn = async () => {
    do await real.turn();
    while (isHeld());
  };
  return { ...real, turn, clock: { ...real.clock, now: () => (ticks += 10) } };
}
