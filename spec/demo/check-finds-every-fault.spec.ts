import test, { type ExecutionContext } from 'ava';
import { type Engine, open } from 'lithify';
import { checkEveryKey, isSound } from '../../cli/demo/check.ts';
import { Versions } from '../../cli/demo/versions.ts';
import { keyText, operations, type Workload } from '../../cli/demo/workload.ts';

const workload: Workload = { seed: 3, writes: 4000, keys: 1500, valueBytes: 40, batch: 500 };
const asBytes = { keyEncoding: 'view', valueEncoding: 'view' } as const;

async function written(t: ExecutionContext): Promise<{ engine: Engine; versions: Versions; live: number; dead: number }> {
  const engine = await open('/demo-check', { storage: 'memory' });
  t.teardown(() => engine.close());
  await engine.kv.batch<Uint8Array, Uint8Array>(operations(workload, 0, workload.writes), asBytes);
  const versions = new Versions(workload);
  versions.applyTo(workload.writes);
  const keys = Array.from({ length: workload.keys }, (_, key) => key).slice(700);
  const [live, dead] = [keys.find((key) => versions.of(key) !== 0), keys.find((key) => versions.of(key) === 0)];
  if (live === undefined || dead === undefined) throw new Error('the workload has no such key');
  return { engine, versions, live, dead };
}

const check = (engine: Engine, versions: Versions) => checkEveryKey(engine, workload, versions, new AbortController().signal);

test('a store that is as acknowledged is sound', async (t) => {
  const { engine, versions } = await written(t);
  const findings = await check(engine, versions);
  t.deepEqual(findings, { gets: workload.keys, scanned: versions.live, missing: 0, wrong: 0, unexpected: 0, examples: [] });
});

test('a missing key is found by get and by scan', async (t) => {
  const { engine, versions, live } = await written(t);
  await engine.kv.del(keyText(live));
  const findings = await check(engine, versions);
  t.like(findings, { missing: 2, wrong: 0, unexpected: 0 });
  t.regex(findings.examples.join(), new RegExp(keyText(live)));
  t.false(isSound(findings));
});

test('the last key missing is found too', async (t) => {
  const { engine, versions } = await written(t);
  const last = Array.from({ length: workload.keys }, (_, key) => key).findLast((key) => versions.of(key) !== 0) ?? 0;
  await engine.kv.del(keyText(last));
  t.is((await check(engine, versions)).missing, 2);
});

test('one changed character is found', async (t) => {
  const { engine, versions, live } = await written(t);
  const value = await engine.kv.get(keyText(live));
  await engine.kv.put(keyText(live), `${value?.slice(0, -1)}!`);
  t.like(await check(engine, versions), { missing: 0, wrong: 2, unexpected: 0 });
});

test('a deleted key that came back, and one that nobody wrote, are found', async (t) => {
  const { engine, versions, dead } = await written(t);
  await engine.kv.put(keyText(dead), 'back');
  await engine.kv.put('sensor/x', 'whose?');
  t.like(await check(engine, versions), { missing: 0, wrong: 0, unexpected: 3 });
});
