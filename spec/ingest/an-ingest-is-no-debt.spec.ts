import test from 'ava';
import { type Load, pressureOf, slowdownOf } from '../../actors/pressure.ts';
import { ingestEdit } from '../../storage/tablet/ingest-edit.ts';
import { applyEdit } from '../../storage/tablet/version.ts';
import { layout, tableOf } from '../tablet/support/notation.ts';

const OPTIONS = { minorTrigger: 4, memtableBytes: 10 };

function loadAfterIngest(text: string): Load {
  const { version } = layout(text);
  const tables = [...'abcdefghijklmnopqrst'].map((key, i) => tableOf(100 + i, `${key}0-${key}9 1000`));
  const edit = ingestEdit({ version, running: [] }, tables, 200);
  return { version: applyEdit(version, edit), deletableBytes: 0, isBeingPaid: true, sealed: 0, memtablesLimit: 8, activeShare: 0 };
}

test('writers are not held up by what was ingested, above the levels or in one', (t) => {
  const wide = loadAfterIngest('minors:\n 9: a-z 10\nlevel 6:\n 1: a-z 1000');
  t.is(wide.version.minors.length, 21);
  const above = loadAfterIngest('level 6:\n 1: a-z 1000');
  t.is(above.version.levels[5].length, 20);
  for (const load of [wide, above]) t.deepEqual([pressureOf(load, OPTIONS), slowdownOf(load, OPTIONS)], [undefined, undefined]);
});

test('what the ingest stands above is a debt as before', (t) => {
  const load = loadAfterIngest('level 6:\n 1: a-z 5000');
  t.regex(pressureOf(load, OPTIONS)?.reason ?? '', /compaction is behind/);
});
