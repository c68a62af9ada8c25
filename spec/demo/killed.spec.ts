import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { open } from 'lithify';
import { readIntent } from '../../cli/demo/intent.ts';
import { checkRecovered } from '../../cli/demo/recovered.ts';
import { freshLocation, startLithify } from '../support/cli.ts';

/** Fixed, so that a failure can be run again; the exact moment inside the process is the machine's. */
const SEED = 20_251;
const KILLS = 10;
const [writes, keys, batch] = [40_000, 4000, 100];
/** Small, so that flushes and compactions run all the time. */
const demo = ['demo', '--writes', writes, '--keys', keys, '--batch', batch, '--seed', SEED, '--memtable-bytes', 65_536].map(String);

/** The line of the intent file after which a kill comes: while writing, and in each phase after it. */
function momentOf(kill: number): string {
  const phases = ['phase compacting', 'phase collecting', 'phase verifying'];
  const writing = KILLS - phases.length;
  const later = phases[kill - writing];
  if (later !== undefined) return later;
  const somewhere = ((SEED * (kill + 1) * 7919) % 1000) / 1000;
  return `issued ${Math.ceil((((kill + somewhere) / writing) * writes) / batch) * batch}`;
}

async function killAfter(line: string, db: string, file: string): Promise<void> {
  const child = startLithify([...demo, '--db', db, '--intent', file]);
  const closed = once(child, 'close');
  child.stdout?.resume();
  child.stderr?.resume();
  const watcher = watch(dirname(file), () => {
    if (existsSync(file) && readFileSync(file, 'latin1').includes(`${line}\n`)) child.kill('SIGKILL');
  });
  await closed;
  watcher.close();
}

for (let kill = 0; kill < KILLS; kill++) {
  const line = momentOf(kill);
  test.serial(`SIGKILL after '${line}' loses no acknowledged write and leaves no half batch`, async (t) => {
    t.timeout(50_000, 'opening, writing or closing hangs');
    const db = await freshLocation(t);
    const file = `${db}.intent`;
    await killAfter(line, db, file);
    const intent = readIntent(file);
    await using engine = await open(db, { createIfMissing: false });
    const { recovered, examples } = await checkRecovered(engine, intent);
    t.not(recovered, undefined, `${intent.phase}, ${intent.acknowledged} of ${intent.issued}: ${examples.join('; ')}`);
    t.deepEqual((await engine.verify()).damage, []);
    await engine.kv.put('after', 'the kill');
    t.is(await engine.kv.get('after'), 'the kill');
  });
}
