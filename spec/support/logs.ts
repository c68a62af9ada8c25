import { checksum } from '../../platform/checksum.ts';
import { LithifyError } from '../../protocol/errors.ts';
import type { Files } from '../../protocol/runtime.ts';
import { EntryKind } from '../../storage/entry.ts';
import { forEachEntry } from '../../storage/wal/decode-group.ts';
import { type Group, GroupBuilder } from '../../storage/wal/group.ts';
import { Wal } from '../../storage/wal/wal.ts';

/** A write: a value, or undefined for a deletion. */
export type Write = readonly [key: string, value: string | undefined];

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes.slice());

export function builderOf(writes: readonly Write[]): GroupBuilder {
  const builder = new GroupBuilder();
  for (const [key, value] of writes) {
    if (value === undefined) builder.delete(bytesOf(key));
    else builder.put(bytesOf(key), bytesOf(value));
  }
  return builder;
}

/** A record to append, and what `writesOf` reads from it. */
export function recordOf(firstSequence: number, writes: readonly Write[]): Uint8Array {
  return builderOf(writes).seal(firstSequence);
}
export function groupOf(firstSequence: number, writes: readonly Write[]): Group {
  return builderOf(writes).group(firstSequence);
}

export function writesOf(group: Group): Write[] {
  const writes: Write[] = [];
  forEachEntry(group, (kind, keyStart, keyEnd, valueEnd) => {
    const key = textOf(group.bytes.subarray(keyStart, keyEnd));
    writes.push([key, kind === EntryKind.delete ? undefined : textOf(group.bytes.subarray(keyEnd, valueEnd))]);
  });
  return writes;
}

export interface Seen {
  readonly firstSequence: number;
  readonly segment: number;
  readonly writes: readonly Write[];
}

export const DIRECTORY = '/store/wal';

/** Opens the log in DIRECTORY and collects what it replays. */
export async function openLog(files: Files, floor = 1, random?: () => number): Promise<{ wal: Wal; seen: Seen[] }> {
  const seen: Seen[] = [];
  const tools = { checksum, turn: () => Promise.resolve(), ...(random && { random }) };
  const wal = await Wal.open(
    files,
    DIRECTORY,
    tools,
    (group, segment) => {
      seen.push({ firstSequence: group.firstSequence, segment, writes: writesOf(group) });
    },
    { floor },
  );
  return { wal, seen };
}

/** The error that opening ends with; undefined: it opened (and is closed again), with `seen`. */
export async function tryOpen(files: Files, floor = 1): Promise<{ error: LithifyError } | { seen: Seen[]; error?: undefined }> {
  try {
    const { wal, seen } = await openLog(files, floor);
    await wal.close();
    return { seen };
  } catch (error) {
    if (error instanceof LithifyError) return { error };
    throw error;
  }
}

export function pathOf(segment: number): string {
  return `${DIRECTORY}/${String(segment).padStart(16, '0')}.wal`;
}

/** Everything in the log's directory, by name. */
export async function contents(files: Files): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const name of await files.list(DIRECTORY)) found.set(name, await files.read(`${DIRECTORY}/${name}`));
  return found;
}

/** Makes the directory hold exactly this. */
export async function restore(files: Files, found: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await files.makeDirectory(DIRECTORY);
  for (const name of await files.list(DIRECTORY)) await files.remove(`${DIRECTORY}/${name}`);
  for (const [name, bytes] of found) await files.replace(`${DIRECTORY}/${name}`, bytes);
}
