import test from 'ava';
import { closeBrowser } from './support/browser.ts';
import { inspected, withTables } from './support/inspected.ts';

test.after.always(closeBrowser);

test('the chart of a compactor shows the state that it is in, while it works and after', async (t) => {
  const seen = await inspected(t);
  const { page, held, engine } = seen;
  await withTables(seen);
  await page.getByRole('tab', { name: 'Actors' }).click();
  await held.fill(40, 'more');
  held.hold();
  const major = engine.ask({ type: 'MajorCompaction' });
  const busy = page.getByRole('treeitem', { name: /compactor-\d.*working\.running/ }).first();
  await busy.click();
  await page.locator('.node.is-lit', { hasText: 'running' }).first().waitFor();
  await page.getByRole('img', { name: /State chart of compactor. Current: working.running/ }).waitFor();
  held.release();
  await major;
  await page.getByRole('img', { name: /State chart of compactor. Current: idle/ }).waitFor();
  t.is(await page.locator('.node.is-lit', { hasText: 'running' }).count(), 0);
  await page.locator('.transitions li').first().waitFor();
});

const ANIMATION_OF_FLASH = `(() => {
  const wire = document.querySelector('.edge.is-last:is(.flash-even, .flash-odd) .wire');
  return wire === null ? undefined : getComputedStyle(wire).animationName;
})()`;

test('a compaction’s transitions flash, and stay marked for who wants no motion', async (t) => {
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    const seen = await inspected(t, { reducedMotion });
    const { page, held, engine } = seen;
    await page.getByRole('tab', { name: 'Actors' }).click();
    await page.getByRole('treeitem', { name: /^tablet/ }).click();
    let animation: string | undefined;
    // A flash is short, and a busy machine may miss one.
    while (animation === undefined) {
      await held.fill(2);
      await engine.ask({ type: 'MinorCompact' });
      animation = await page.evaluate<string | undefined>(ANIMATION_OF_FLASH);
    }
    t.is(animation === 'none', reducedMotion === 'reduce', `${reducedMotion}: ${animation}`);
  }
});

test('the tables of every level are drawn, and one opens to what is in it and why it is there', async (t) => {
  const seen = await inspected(t);
  const { page, engine } = seen;
  await withTables(seen);
  await page.getByRole('tab', { name: 'Tables' }).click();
  const [first] = engine.shape().levels.flat();
  await page.getByRole('button', { name: new RegExp(`^Table ${first.id},`) }).click();
  await page.getByRole('heading', { name: `Blob ${first.id}` }).waitFor();
  await page.getByRole('button', { name: 'Why is it on disk?' }).click();
  const { sentence } = engine.why.onDisk(first.id);
  await page.locator('.answer .sentence', { hasText: sentence.slice(0, 40) }).waitFor();
  t.pass();
});

test('a running order is drawn where it reads and where it writes', async (t) => {
  const seen = await inspected(t);
  const { page, held, engine } = seen;
  await withTables(seen);
  await page.getByRole('tab', { name: 'Tables' }).click();
  await held.fill(40, 'more');
  await engine.ask({ type: 'MinorCompact' });
  held.hold();
  const major = engine.ask({ type: 'MajorCompaction' });
  await page.locator('.table.is-read').first().waitFor();
  await page.locator('.band').first().waitFor();
  await page.locator('.order', { hasText: 'slices' }).first().waitFor();
  held.release();
  await major;
  await page.locator('.band').first().waitFor({ state: 'detached' });
  t.pass();
});

test('the page says why nothing is compacted, and of a range of keys', async (t) => {
  const seen = await inspected(t);
  const { page } = seen;
  await withTables(seen);
  await page.getByRole('tab', { name: 'Tables' }).click();
  await page.getByLabel('From key').fill('key00010');
  await page.getByRole('button', { name: 'Why is nothing compacted?' }).click();
  await page.locator('.answer .sentence').waitFor();
  t.regex((await page.locator('.answer .question').textContent()) ?? '', /key00010/);
});
