import { type DamagedStretch, FileScan, type Step } from '../../../storage/log/streambed/scan.ts';
import type { TopicScan } from '../../../storage/log/streambed/topic-scan.ts';
import { encoded, joinedBytes } from './records.ts';

export interface Found {
  readonly offsets: number[];
  readonly values: string[];
  readonly damage: DamagedStretch[];
}

/** `count` records; offset and value tell which. */
export function fileOf(first: number, count: number): Uint8Array {
  return joinedBytes(...Array.from({ length: count }, (_, i) => recordWith(first + i)));
}

/** Below offset 128 all of the same size. */
export function recordWith(offset: number, value = valueWith(offset)): Uint8Array {
  return encoded({ key: BigInt(offset + 1_000_000), value, timestamp: 1_700_000_000_000 + offset }, offset);
}

export function valueWith(offset: number): string {
  return `value ${String(offset).padStart(6, '0')}`;
}

export async function* inChunks(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function scanOf(bytes: Uint8Array, chunkBytes?: number, file = 'topic'): FileScan {
  return new FileScan(file, inChunks(bytes, chunkBytes), { turn: () => new Promise((resolve) => setImmediate(resolve)) });
}

export async function everything(scan: FileScan | TopicScan): Promise<Found> {
  const found: Found = { offsets: [], values: [], damage: [] };
  for (let step: Step; (step = await scan.next()) !== 'end'; ) {
    if (step === 'damaged' && scan.damage) found.damage.push(scan.damage);
    if (step !== 'record') continue;
    const { view } = scan;
    found.offsets.push(view.offset);
    found.values.push(Buffer.from(view.bytes.slice(view.valueStart, view.valueEnd)).toString());
  }
  return found;
}

export function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
