import { checksum } from '../../platform/checksum.ts';
import { createBlobStore } from '../../storage/blobs/database-blob-store.ts';
import { Manifest } from '../../storage/tablet/manifest.ts';
import { FaultRules, Operations, Random, type SimulatedDisk } from '../../testing/index.ts';

const STORE = '/store';
const OPTIONS = { writeBufferBytes: 64 * 1024, createIfMissing: false };

/** Throws unless the blobs of a store that was closed at rest are those that its manifest knows, no more and no fewer. */
export async function checkBlobs(disk: SimulatedDisk): Promise<void> {
  const random = new Random(0);
  const { openDatabase } = disk.mount(new Operations(new FaultRules(random), random));
  const manifest = await openDatabase(`${STORE}/manifest`, OPTIONS);
  const { version, garbage } = (await Manifest.open(manifest, { checksum, createIfMissing: false })).state;
  const blobs = createBlobStore(await openDatabase(`${STORE}/blobs`, OPTIONS), { checksum });
  const stored = new Set([...(await blobs.list()), ...(await blobs.listUnfinished())]);
  const parts = [...version.logs.partitions.values()].flatMap((partition) => partition.parts);
  const tables = [...version.minors, ...version.levels.flat()].map(({ id }) => id);
  const inParts = parts.flatMap(({ blob, staged }) => [blob.id, ...staged.map(({ id }) => id)]);
  // Large values whose records are still in the write-ahead log.
  const needed = new Set([...tables, ...inParts, ...version.logs.staged.keys()]);
  const missing = [...needed].filter((id) => !stored.has(id));
  const left = [...stored].filter((id) => !needed.has(id));
  if (missing.length > 0) throw new Error(`Blobs ${missing} are needed and not there.`);
  if (left.length > 0 || garbage.length > 0)
    throw new Error(`Blobs ${left} are there and not needed; garbage: ${garbage.map(({ id }) => id)}.`);
}
