import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { open } from 'lithify';
import { freshLocation, lithify } from '../support/cli.ts';

const VALUE = 'the only value of its kind';

/** Flips a bit of every copy of the value below the directory; returns how many there were. */
async function damage(directory: string): Promise<number> {
  let found = 0;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const bytes = await readFile(path);
    for (let at = bytes.indexOf(VALUE); at !== -1; at = bytes.indexOf(VALUE, at + 1)) {
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      found++;
    }
    await writeFile(path, bytes);
  }
  return found;
}

test('verify of a damaged store exits 1 and lists what is damaged, and get does not print it', async (t) => {
  const db = await freshLocation(t);
  {
    await using engine = await open(db);
    await engine.kv.put('a', VALUE);
    await engine.ask({ type: 'MinorCompact' });
    // Written over to LevelDB's own tables, which verify nothing on reads.
    await engine.ask({ type: 'MajorCompaction' });
    await engine.ask({ type: 'GarbageCollect' });
  }
  const sound = await lithify(['verify', '--db', db]);
  t.deepEqual([sound.code, sound.stderr], [0, '']);
  t.regex(sound.stdout, /^sound: 1 table, /);
  t.true((await damage(join(db, 'blobs'))) > 0);
  const { code, stdout, stderr } = await lithify(['verify', '--db', db]);
  t.is(code, 1);
  t.regex(stdout, /^blob \d+.*: .+\n$/);
  t.regex(stderr, /^lithify: 1 damaged place in .+\n$/);
  const get = await lithify(['get', 'a', '--db', db]);
  t.is(get.code, 1);
  t.is(get.stdout, '');
  t.regex(get.stderr, /^lithify: LITHIFY_CORRUPTION: .+\n$/);
});
