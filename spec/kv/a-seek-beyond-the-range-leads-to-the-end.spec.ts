import { join } from 'node:path';
import type { AbstractLevel } from 'abstract-level';
import test from 'ava';
import { ClassicLevel } from 'classic-level';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';

type Db = AbstractLevel<string | Buffer | Uint8Array, string, string>;

const KEYS = ['', 'b', 'd', 'f', 'h'];
const TARGETS = ['', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
const LOWER = [{}, ...['', 'c', 'd'].flatMap((key) => [{ gt: key }, { gte: key }]), { gt: 'd', gte: 'b' }];
const UPPER = [{}, ...['', 'f', 'g'].flatMap((key) => [{ lt: key }, { lte: key }]), { lt: 'd', lte: 'f' }];

// abstract-level's own test of this ("respects range") makes its checks and never runs them.
for (const place of ['in memory', 'in a table'] as const) {
  test(`wherever a seek leads, within the range or beyond it, the rest is what classic-level gives: ${place}`, async (t) => {
    const theirs = new ClassicLevel(join(await tempDirectory(t), 'level'));
    t.teardown(() => theirs.close());
    const engine = await openEngine(t, TINY);
    const puts = KEYS.map((key) => ({ type: 'put' as const, key, value: `value of ${key}` }));
    await Promise.all([theirs.batch(puts), engine.kv.batch(puts)]);
    if (place === 'in a table') await engine.ask({ type: 'MajorCompaction' });
    for (const range of LOWER.flatMap((lower) => UPPER.map((upper) => ({ ...lower, ...upper })))) {
      for (const reverse of [false, true]) {
        const options = { ...range, reverse };
        t.deepEqual(await allSeeks(engine.kv, options), await allSeeks(theirs, options), JSON.stringify(options));
      }
    }
  });
}

/** One iterator that is sent to every target in turn, so that it comes back from beyond as well; what is left behind each. */
async function allSeeks(db: Db, options: object): Promise<string[]> {
  const keys = db.keys(options);
  const found: string[] = [];
  for (const target of TARGETS) {
    keys.seek(target);
    found.push(`${target}: ${(await keys.nextv(100)).join()}`);
  }
  await keys.close();
  return found;
}
