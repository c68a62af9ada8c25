import type { IngestReport } from '../actors/ingest.ts';
import { LithifyError } from '../protocol/errors.ts';
import type { Files, Runtime } from '../protocol/runtime.ts';
import { type LevelSource, openLevelSource } from '../storage/level-source.ts';
import type { Engine } from './engine.ts';

/** What `importLevel` takes; all of it may be left out. */
export interface ImportLevelOptions {
  /** Into a store that has keys already: equal ones are overwritten. Default false. */
  merge?: boolean;
  /** Called about every thousand pairs, with what was read by then. */
  onProgress?: (done: {
    /** Pairs so far. */
    readonly entries: number;
    /** Bytes of their keys and values. */
    readonly bytes: number;
  }) => void;
}

/** What was copied. */
export interface LevelImported extends IngestReport {
  /** Bytes of keys and values. */
  readonly dataBytes: number;
}

const PAIRS_BETWEEN_REPORTS = 1024;
const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/**
 * Copies everything in a LevelDB directory, as classic-level and `level` write it, through one ingest: all of it is
 * visible when it resolves, and nothing when it rejects. LITHIFY_NOT_FOUND: there is no LevelDB; _LOCKED: another process
 * has it open (one that this process has open must be closed before: LevelDB would drop its lock); _CORRUPTION; _EXISTS:
 * the store has keys, and `merge` is not set; whatever `ingest` rejects with.
 */
export async function importLevel(engine: Engine, location: string, options: ImportLevelOptions, runtime: Runtime): Promise<LevelImported> {
  const root = await levelAt(location, runtime);
  const unlock = await runtime.lock(root);
  if (unlock === undefined) throw refused('LITHIFY_LOCKED', root, 'is open in this process already; close it there first');
  try {
    if (options.merge !== true) await refuseKeys(engine);
    const source = await openLevelSource(root);
    try {
      return await copied(engine, source, options);
    } finally {
      await source.close();
    }
  } finally {
    unlock();
  }
}

async function copied(engine: Engine, source: LevelSource, { onProgress }: ImportLevelOptions): Promise<LevelImported> {
  let entries = 0;
  let dataBytes = 0;
  async function* counted(): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, void> {
    for await (const pair of source.pairs()) {
      entries++;
      dataBytes += pair[0].length + pair[1].length;
      if (entries % PAIRS_BETWEEN_REPORTS === 0) onProgress?.({ entries, bytes: dataBytes });
      yield pair;
    }
  }
  const report = await engine.kv.ingest(counted(), VIEW);
  onProgress?.({ entries, bytes: dataBytes });
  return { ...report, dataBytes };
}

/** The real path. Looked at before LevelDB is: that would make what it does not find, and drop the lock of what is open. */
async function levelAt(location: string, { files }: Runtime): Promise<string> {
  if (!(await files.exists(`${location}/CURRENT`))) {
    const what = (await isStore(location, files)) ? 'is a store of lithify, not a LevelDB; open it, or restore it' : 'is not a LevelDB';
    throw refused('LITHIFY_NOT_FOUND', location, what);
  }
  const root = await files.realPath(location);
  if (!(await isStore(`${root}/..`, files))) return root;
  throw refused('LITHIFY_INVALID_ARGUMENT', root, 'is a part of a store of lithify, whose keys are not in it as such; open that store');
}

async function isStore(directory: string, files: Files): Promise<boolean> {
  const file = `${directory}/FORMAT`;
  if (!(await files.exists(file))) return false;
  return new TextDecoder().decode(await files.read(file, 0, 100)).startsWith('lithify store');
}

async function refuseKeys({ kv, location }: Engine): Promise<void> {
  const found = await kv.keys<Uint8Array>({ limit: 1, keyEncoding: 'view' }).all();
  if (found.length > 0) throw refused('LITHIFY_EXISTS', location, 'has keys already; merge into it, or import into a new store');
}

function refused(code: LithifyError['code'], location: string, what: string): LithifyError {
  return new LithifyError(code, `${location} ${what}.`, { details: { location } });
}
