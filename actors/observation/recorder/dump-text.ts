import type { RecorderDump } from '../../../protocol/recorder.ts';
import { entryOf } from './entries.ts';
import type { Slot } from './ring.ts';

/** So many take a millisecond or two. */
const ENTRIES_AT_ONCE = 128;

/** One JSON document with an entry a line, made a little at a time, so that nothing waits for long. */
export async function dumpText(
  head: Omit<RecorderDump, 'entries'>,
  slots: readonly Slot[],
  { since, turn }: { since: number; turn: () => Promise<void> },
): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces = [encoder.encode(`${JSON.stringify(head).slice(0, -1)},"entries":[`)];
  for (let at = 0; at < slots.length; at += ENTRIES_AT_ONCE) {
    await turn();
    const lines = slots.slice(at, at + ENTRIES_AT_ONCE).map((slot) => JSON.stringify(entryOf(slot, since)));
    pieces.push(encoder.encode(`${at === 0 ? '' : ','}\n${lines.join(',\n')}`));
  }
  pieces.push(encoder.encode('\n]}\n'));
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
