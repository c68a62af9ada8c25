import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { type OpenOptions, retentionModule } from '../../index.ts';
import { tempDirectory } from '../support/engines.ts';
import { Undermined } from './support/user-code.ts';

// What escapes a strategy ends the thread that it is in: its run fails, or whoever has the thread then. Nothing is lost by it.

const ENDERS = new URL('./support/strategies/thread-enders.ts', import.meta.url);
const IN_A_THREAD: OpenOptions = { workers: 1 };

test('a strategy that ends its process or thread is blamed for it, with the offset', async (t) => {
  const undermined = await Undermined.open(t, IN_A_THREAD);
  const error = await undermined.failure({ strategy: retentionModule({ module: ENDERS, export: 'exits' }) });
  t.like(error, { code: 'LITHIFY_STRATEGY', details: { offset: 2, module: ENDERS.href } });
  t.regex(error.message, /exited with code 3/);
  await undermined.goesOn();
});

for (const name of ['rejects', 'throwsInATick', 'throwsInATimer', 'exitsInATimer']) {
  test(`${name}: who has the thread when it breaks is told, and nothing is lost`, async (t) => {
    const undermined = await Undermined.open(t, IN_A_THREAD);
    const strategy = retentionModule({ module: ENDERS, export: name });
    const topic = undermined.engine.topic('undermines', { compaction: { strategy, compactionThreshold: 2 ** 30 } });
    await topic.produceMany(Array.from({ length: 20 }, (_, at) => ({ key: BigInt(at % 4), value: `${at}` })));
    // The job may have been done before; then another breaks.
    const code = await topic.compact().then(
      () => 'done',
      (error) => error.code,
    );
    t.true(['done', 'LITHIFY_WORKER_DIED', 'LITHIFY_STRATEGY'].includes(code), code);
    await topic.unregister();
    await undermined.goesOn();
  });
}

test('a module that throws while it is loaded, or is no JavaScript, fails its runs with its name', async (t) => {
  const file = join(await tempDirectory(t), 'broken.mjs');
  await writeFile(file, 'export default {{;');
  const throwing = new URL('./support/strategies/throwing-import.ts', import.meta.url);
  for (const options of [IN_A_THREAD, { workers: 0 }]) {
    const undermined = await Undermined.open(t, options);
    for (const [module, why] of [
      [throwing, /no secret here/],
      [pathToFileURL(file), /Unexpected|SyntaxError|token/],
    ] as const) {
      const error = await undermined.failure({ strategy: retentionModule({ module }) });
      t.is(error.code, 'LITHIFY_STRATEGY');
      t.true(error.message.includes(module.href), error.message);
      t.regex(error.message, why);
    }
    await undermined.goesOn();
  }
});
