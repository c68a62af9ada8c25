import { messageOf } from '../../../protocol/errors.ts';
import type { RecorderDump } from '../../../protocol/recorder.ts';
import { parseRecorderDump } from '../../../protocol/recorder-dump.ts';
import { EntryLog } from './entry-log.ts';
import { bytesText } from './units.ts';
import { visibleText } from './visible-text.ts';

/** A few hundred thousand entries. Parsed it is several times as large, and all of it is held while it is open. */
export const MOST_DUMP_BYTES = 64_000_000;

/** A file of the flight recorder, as it is read on the page. */
export interface OpenDump {
  /** The file's. */
  readonly name: string;
  readonly head: Omit<RecorderDump, 'entries'>;
  readonly entries: EntryLog;
}

/** Rejects with what to say, if it is none that can be opened. Nothing is read of a file that is too large. */
export async function readDump(file: Pick<File, 'name' | 'size' | 'text'>): Promise<OpenDump> {
  const name = visibleText(file.name);
  if (file.size > MOST_DUMP_BYTES) throw new Error(`${name} was not opened. ${tooLarge(file.size)}`);
  try {
    const { entries, ...head } = parseRecorderDump(await file.text());
    const log = new EntryLog(Number.POSITIVE_INFINITY);
    log.add(entries);
    return { name, head, entries: log };
  } catch (error) {
    throw new Error(`${name} was not opened. ${visibleText(messageOf(error), 400)}`, { cause: error });
  }
}

function tooLarge(bytes: number): string {
  return `It has ${bytesText(bytes)}, and this page takes ${bytesText(MOST_DUMP_BYTES)}; the command ‘lithify recorder’ prints larger ones, and narrows them.`;
}

/** Whose dump it is, why and when it was written, and what is in it; what is undefined is not known. */
export function dumpFacts({ head, entries }: OpenDump): readonly (readonly [name: string, value: string | undefined])[] {
  const { location, reason, wallMs, error, dropped } = head;
  return [
    ['Store', visibleText(location, 400)],
    ['Written', `${momentText(wallMs)}: ${visibleText(reason, 400)}`],
    ['Error', error && visibleText(`${error.code}: ${error.message}`, 2000)],
    ['Entries', entries.size.toLocaleString('en-GB')],
    ['Dropped before them', dropped.toLocaleString('en-GB')],
  ];
}

/** As `lithify recorder` says it. */
function momentText(wallMs: number): string {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString().replace('T', ' ').replace('Z', ' UTC');
}
