import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { open } from '../../index.ts';
import { TINY, tempDirectory } from '../support/engines.ts';
import { filesIn } from '../support/store-contents.ts';

const MiB = 1024 * 1024;

test('a store that only its log was written to keeps no room free; from its first flush on it does', async (t) => {
  const directory = await tempDirectory(t);
  const engine = await open(directory, TINY);
  await engine.kv.put('k', 'v');
  await engine.close();
  t.false((await filesIn(directory)).includes('RESERVE'));
  for (const workers of [0, 1]) {
    const again = await open(directory, { ...TINY, workers });
    await again.kv.put('k', `${workers}`);
    await again.ask({ type: 'MinorCompact' });
    await again.close();
    t.true((await stat(join(directory, 'RESERVE'))).size >= MiB);
  }
});

test('room that was lost is kept free again from the next flush on', async (t) => {
  const directory = await tempDirectory(t);
  for (let round = 0; round < 2; round++) {
    const engine = await open(directory, TINY);
    await engine.kv.put('k', `${round}`);
    await engine.ask({ type: 'MinorCompact' });
    await engine.close();
    t.true((await stat(join(directory, 'RESERVE'))).size >= MiB);
    await rm(join(directory, 'RESERVE'));
  }
});
