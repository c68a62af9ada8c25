import test from 'ava';
import fc from 'fast-check';
import { memoryFiles } from '../../platform/memory-files.ts';
import { type FaultyCall, FaultyFiles } from '../support/faulty-files.ts';
import { openLog, recordOf } from '../support/logs.ts';

type Step =
  | { readonly do: 'append'; readonly sync: boolean; readonly size: number }
  | { readonly do: 'rotate' | 'sync' | 'kill' }
  | {
      readonly do: 'fail';
      readonly call: FaultyCall;
      readonly at: number;
      readonly times: number;
      readonly effect: 'none' | 'half' | 'whole';
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sync: fc.boolean(), size: fc.integer({ min: 0, max: 90 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rotate' as const, 'sync' as const, 'kill' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      call: fc.constantFrom<FaultyCall>('append', 'sync', 'truncate', 'create', 'remove'),
      at: fc.integer({ min: 1, max: 3 }),
      times: fc.integer({ min: 1, max: 3 }),
      effect: fc.constantFrom('none' as const, 'half' as const, 'whole' as const),
    }),
  },
);

/** What the log may and must hold, by the value that each record carries. */
class Expected {
  /** Acknowledged, in order. */
  acknowledged: string[] = [];
  /** How many of them a power loss may not take. */
  durable = 0;
  /** Refused since: one of them may come back if the process dies before another is acknowledged. */
  refused: string[] = [];

  /** Throws, so that fast-check can tell the steps that led there. */
  check(found: readonly string[], atLeast: number): void {
    const inOrder = found.every((value, i) =>
      i < this.acknowledged.length ? value === this.acknowledged[i] : this.refused.includes(value),
    );
    if (inOrder && found.length >= atLeast && found.length <= this.acknowledged.length + 1) return;
    throw new Error(`Found ${found} of ${this.acknowledged}, of which ${atLeast} must be there.`);
  }
}

test('whatever fails, an acknowledged write is there after a kill, a synced one after a power loss, and nothing out of order', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      async (steps, kept, forgetful) => {
        const inner = memoryFiles();
        const files = new FaultyFiles(inner, { forgetful });
        const expected = new Expected();
        let { wal } = await openLog(files);
        let attempts = 0;
        for (const now of steps) {
          if (now.do === 'fail') {
            files.fail({ ...now, code: 'EIO' });
          } else if (now.do === 'kill') {
            files.heal();
            files.remindAll();
            const reopened = await openLog(files);
            const found = reopened.seen.map(({ writes }) => String(writes[0][1]));
            expected.check(found, expected.acknowledged.length);
            expected.acknowledged = found;
            expected.durable = found.length;
            expected.refused = [];
            wal = reopened.wal;
          } else if (now.do === 'append') {
            const value = `${attempts++}`.padEnd(now.size, '.');
            try {
              await wal.append(recordOf(expected.acknowledged.length + 1, [['k', value]]), now.sync);
              expected.acknowledged.push(value);
              expected.refused = [];
              if (now.sync) expected.durable = expected.acknowledged.length;
            } catch {
              expected.refused.push(value);
            }
          } else {
            const ok = await wal[now.do]().then(
              () => true,
              () => false,
            );
            if (ok && now.do === 'sync') expected.durable = expected.acknowledged.length;
          }
        }
        files.heal();
        await files.powerLoss((unsynced) => Math.floor(unsynced * kept));
        const found = (await openLog(inner)).seen.map(({ writes }) => String(writes[0][1]));
        expected.check(found, expected.durable);
      },
    ),
    { numRuns: 400 },
  );
  t.pass();
});
