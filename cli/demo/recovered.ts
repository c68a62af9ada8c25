import type { Engine } from '../../index.ts';
import type { Intent } from './intent.ts';
import { Versions } from './versions.ts';
import { keyNumber, keyText, versionOf, type Workload, writeValue } from './workload.ts';

export interface Recovered {
  readonly acknowledged: number;
  readonly issued: number;
  /** The store is exactly what the first so many writes leave, whole batches of them; undefined: it is no such thing. */
  readonly recovered: number | undefined;
  /** Keys that do not fit the acknowledged writes, where nothing fits. */
  readonly examples: readonly string[];
}

/**
 * After a kill the store must hold every acknowledged write, of each batch all or nothing, and later batches only
 * behind earlier ones: so it equals the state after some whole number of batches between acknowledged and issued.
 */
export async function checkRecovered(engine: Engine, intent: Intent): Promise<Recovered> {
  const { workload, acknowledged, issued } = intent;
  const found = await readVersions(engine, workload);
  const versions = new Versions(workload);
  versions.applyTo(acknowledged);
  const differing = found.broken.length > 0 ? found.broken : differences(versions, found.versions);
  const recovered = found.broken.length > 0 ? undefined : firstFit(versions, found.versions, workload.batch, issued);
  return { acknowledged, issued, recovered, examples: recovered === undefined ? differing : [] };
}

function firstFit(versions: Versions, found: Uint32Array, batch: number, issued: number): number | undefined {
  const differing = new Set<number>();
  for (const [key, version] of found.entries()) if (version !== versions.of(key)) differing.add(key);
  while (differing.size > 0 && versions.applied < issued) {
    versions.applyTo(Math.min(issued, versions.applied + batch), (key, version) => {
      if (found[key] === version) differing.delete(key);
      else differing.add(key);
    });
  }
  return differing.size === 0 ? versions.applied : undefined;
}

const EXAMPLES = 5;

function differences(versions: Versions, found: Uint32Array): string[] {
  const examples: string[] = [];
  for (let key = 0; key < found.length && examples.length < EXAMPLES; key++) {
    if (found[key] !== versions.of(key))
      examples.push(`${keyText(key)}: version ${found[key]}, acknowledged was ${versions.of(key)} (0: no value)`);
  }
  return examples;
}

const PAGE = 500;

/** Which version every key has; `broken` names entries that no write can have left. */
async function readVersions(engine: Engine, workload: Workload): Promise<{ versions: Uint32Array; broken: string[] }> {
  const versions = new Uint32Array(workload.keys);
  const broken: string[] = [];
  const iterator = engine.kv.iterator<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' });
  try {
    for (let page = await iterator.nextv(PAGE); page.length > 0; page = await iterator.nextv(PAGE)) {
      for (const [key, value] of page) {
        const version = versionIn(workload, key, value);
        if (version === undefined)
          broken.push(`${Buffer.from(key).toString('latin1')} = ${Buffer.from(value).toString('latin1')}: no write of this demo`);
        else versions[keyNumber(key)] = version;
      }
    }
  } finally {
    await iterator.close();
  }
  return { versions, broken: broken.slice(0, EXAMPLES) };
}

function versionIn(workload: Workload, key: Uint8Array, value: Uint8Array): number | undefined {
  const number = keyNumber(key);
  const version = versionOf(value);
  if (number < 0 || number >= workload.keys || version < 1 || version > workload.writes) return undefined;
  const expected = Buffer.alloc(workload.valueBytes);
  writeValue(expected, 0, workload, number, version);
  return expected.equals(value) ? version : undefined;
}
