/** A first program of a user of the published package: see scripts/smoke.ts. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, persist, persisted } from 'lithify';
import { inspect } from 'lithify/inspect';
import { machines, mermaidOf } from 'lithify/machines';
import { simulate } from 'lithify/testing';
import { createActor, fromTransition } from 'xstate';

const KEYS = 1000;
const keyOf = (i: number) => String(i).padStart(4, '0');
const directory = await mkdtemp(join(tmpdir(), 'lithify-consumer-'));

const engine = await open(directory, { workers: 1 });
for (let i = 0; i < KEYS; i++) await engine.kv.put(keyOf(i), `value ${i}`);
assert.equal(await engine.kv.get('0007'), 'value 7');
assert.equal(await engine.kv.get('none'), undefined);

const report = await engine.ask({ type: 'MajorCompaction' });
assert.equal(report.type, 'MajorCompaction');
const compacted: boolean = report.compacted;
assert.ok(compacted);
assert.ok(engine.stats().bytesWritten > 0);
assert.deepEqual(await engine.ask({ type: 'MinorCompact' }).then(({ memtables }) => memtables), []);
await engine.close();

const reopened = await open(directory, { workers: 1, createIfMissing: false });
let next = 0;
for await (const [key, value] of reopened.kv.iterator()) {
  assert.equal(key, keyOf(next));
  assert.equal(value, `value ${next}`);
  next++;
}
assert.equal(next, KEYS);

const counter = fromTransition((count: number, event: { type: 'add'; by: number }) => count + event.by, 0);
const actor = createActor(persist(counter, { engine: reopened, id: 'counter' })).start();
assert.equal((await persisted(actor).send({ type: 'add', by: 7 })).context, 7);

const inspector = await inspect(reopened);
const page = await (await fetch(inspector.url)).text();
for (const [, asset] of page.matchAll(/(?:src|href)="([^":]+)"/g)) {
  assert.equal((await fetch(new URL(asset ?? '', inspector.url))).status, 200, `the page's ${asset}`);
}
const charts: unknown = await (await fetch(new URL('charts', inspector.url))).json();
assert.ok(Array.isArray(charts) && charts.length === Object.keys(machines).length);
assert.match(mermaidOf(machines.compactor), /backingOff/);
console.log(`The page is served, with ${charts.length} charts.`);

await reopened.close();
await rm(directory, { recursive: true });
console.log(`${next} keys written, compacted in a worker, reopened and read.`);

const simulated = await simulate(7, async (simulation) => {
  await simulation.life(async (life) => {
    const inMemory = await life.open();
    await inMemory.kv.put('key', 'value');
    simulation.crash('power');
  });
  await simulation.life(async (life) => {
    const recovered = await life.open();
    assert.equal(await recovered.kv.get('key'), 'value');
    await recovered.close();
  });
});
console.log(`A simulated power loss after ${simulated.operations} operations lost nothing.`);
