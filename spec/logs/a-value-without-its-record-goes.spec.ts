import test from 'ava';
import { nodeRuntime, open } from '../../index.ts';
import { nodeFiles } from '../../platform/files.ts';
import { openEngine, TINY, tempDirectory } from '../support/engines.ts';
import { liveCopy } from '../support/live-copy.ts';
import { nextEvent } from '../support/next-event.ts';
import { blobsIn, faultInBlobs } from '../support/store-contents.ts';
import { HeldFiles } from './support/held-files.ts';

test('a large value that was staged when the process died, before its record was written, goes after the next open', async (t) => {
  const files = new HeldFiles(nodeFiles());
  const directory = await tempDirectory(t);
  const engine = await openEngine(t, { ...TINY, runtime: nodeRuntime({ files }) }, directory);
  const topic = await engine.topic('t').make();
  const held = files.holdAppend();
  const produced = topic.produce({ key: 1n, value: 'x'.repeat(10_000) });
  await held.reached;
  const copy = await liveCopy(directory, `${await tempDirectory(t)}/copy`);
  held.release();
  t.is(await produced, 0);

  t.is((await blobsIn(copy)).length, 1, 'the value was there');
  const again = await open(copy, TINY);
  t.is(again.topic('t').offsets()?.next, 0);
  await nextEvent(again, 'collected');
  await again.close();
  t.is(await faultInBlobs(copy, 0), undefined);
  t.deepEqual(await blobsIn(copy), []);
});
