import { once } from 'node:events';
import test from 'ava';
import { open } from 'lithify';
import { freshLocation, startLithify } from '../support/cli.ts';

test('a reader that has seen enough ends a scan quietly', async (t) => {
  const db = await freshLocation(t);
  {
    // More than pipes and buffers hold, so that the command is still writing when the reader goes.
    await using engine = await open(db);
    for (let from = 0; from < 40; from++) {
      await engine.kv.batch(
        Array.from({ length: 500 }, (_, index) => ({ type: 'put', key: `k${from * 500 + index}`, value: 'v'.repeat(200) })),
      );
    }
  }
  const child = startLithify(['scan', '--db', db]);
  const end = once(child, 'close');
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  await once(child.stdout ?? child, 'data');
  child.stdout?.destroy();
  t.deepEqual(await end, [0, null]);
  t.is(stderr, '');
});
