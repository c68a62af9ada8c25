import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { BYTE_DECODERS, TEXT_DECODERS } from '../../torture/fuzz/decoders.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where bytes and text of others come in. */
const FOLDERS = ['storage', 'cli'];
const DECODER =
  /export (?:async )?(?:function\*? |class )((?:decode|parse|read|open|visit|walk|scan|uncompress|unpack|salvage|known|find)\w*)/g;

/** Read what this process made, or make something of what was decoded: why each is no row of its own. */
const EXEMPT: Readonly<Record<string, string>> = {
  readU32: 'a number at a place that the caller has checked',
  readU48: 'a number at a place that the caller has checked',
  readU64: 'a number at a place that the caller has checked',
  openLevelDatabase: 'LevelDB itself; spec/blobs and torture/damage',
  openMemoryDatabase: 'no bytes',
  openLevelSource: 'LevelDB itself; spec/ingest/import-level',
  scanOf: 'cursors over tables, which have their rows',
  readIntent: 'parseIntent of a file',
  knownBlobs: 'ids of a state that was decoded',
  salvagePartOf: 'a choice of fields of what was decoded',
  salvageTableOf: 'a choice of fields of what was decoded',
  findFiles: 'topicFiles, and which of them are there; hostile-names-stay-inside.spec.ts',
};

async function exportedDecoders(): Promise<string[]> {
  const names: string[] = [];
  for (const folder of FOLDERS) {
    const files = (await readdir(`${ROOT}/${folder}`, { recursive: true })).filter((file) => file.endsWith('.ts'));
    for (const file of files)
      for (const [, name] of (await readFile(`${ROOT}/${folder}/${file}`, 'utf8')).matchAll(DECODER)) names.push(name);
  }
  return names;
}

const COVERED = new Set([...BYTE_DECODERS, ...TEXT_DECODERS].flatMap(({ covers }) => covers));

test('every function that reads what others wrote has a row in the table, or a reason why not', async (t) => {
  const found = await exportedDecoders();
  t.true(found.length > 30, `${found.length} found`);
  t.deepEqual(
    found.filter((name) => !COVERED.has(name) && !Object.hasOwn(EXEMPT, name)),
    [],
  );
});

test('what is exempt is there, and in no row', async (t) => {
  const found = new Set(await exportedDecoders());
  t.deepEqual(
    Object.keys(EXEMPT).filter((name) => !found.has(name) || COVERED.has(name)),
    [],
  );
});

test('rows have names of their own, by which seeds are told apart', (t) => {
  const names = [...BYTE_DECODERS, ...TEXT_DECODERS].map(({ name }) => name);
  t.is(new Set(names).size, names.length);
});
