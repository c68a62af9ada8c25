import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { repair } from '../../index.ts';
import { TINY } from '../support/engines.ts';
import { entries, picture, settle, storeWith } from './support/stores.ts';
import { contentsOf } from './support/written.ts';

const INDEX = new URL('../../index.ts', import.meta.url);

/** A repair in a process of its own, which is killed when it reports this phase. */
async function killedIn(t: ExecutionContext, phase: string, damaged: string, target: string): Promise<void> {
  const source = `
    import { repair } from '${INDEX}';
    const onProgress = ({ phase }) => phase === '${phase}' && process.kill(process.pid, 'SIGKILL');
    await repair(${JSON.stringify(damaged)}, ${JSON.stringify(target)}, { onProgress, options: { workers: 0 } });`;
  const child = spawn(process.execPath, ['--conditions=lithify-source', '--input-type=module', '--eval', source]);
  t.teardown(() => child.kill('SIGKILL'));
  const [, signal] = await once(child, 'close');
  t.is(signal, 'SIGKILL');
}

for (const phase of ['keys', 'verifying']) {
  test(`killed while it is at its ${phase}, it leaves the damaged store as it was and no new one; the next one succeeds`, async (t) => {
    const { location, written } = await storeWith(t, async (model, engine) => {
      await model.put(entries(0, 200, 'value'));
      await settle(engine);
      await model.produce('events', ['a', 'b']);
    });
    const target = join(dirname(location), 'new');
    const before = await picture(location);
    await killedIn(t, phase, location, target);
    t.deepEqual(await picture(location), before);
    t.false((await readdir(dirname(location))).includes('new'));
    const report = await repair(location, target, { options: TINY });
    t.deepEqual([report.lost, report.entries, report.records], [[], 200, 2]);
    t.deepEqual([...(await contentsOf(target)).keys], [...written.current].sort());
    t.deepEqual(await picture(location), before);
  });
}
