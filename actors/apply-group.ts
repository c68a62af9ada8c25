import type { Group } from '../storage/wal/group.ts';
import type { LiveMemtable } from './memtables.ts';

/** Applying so many entries holds the event loop for about a millisecond. */
const ENTRIES_PER_TURN = 2_000;
const RECORDS_PER_TURN = 10_000;

/** A large group comes in by parts; nobody sees it before all of it is in, since reads stop at the writer's last sequence. */
export async function applyGroup(live: LiveMemtable, group: Group, turn: () => Promise<void>): Promise<void> {
  const { records } = group;
  if (group.count > 0) {
    live.memtable.begin(group);
    while (!live.memtable.advance(ENTRIES_PER_TURN)) await turn();
  }
  if (records !== undefined) {
    live.log.begin(records.bytes, records.start, records.end);
    while (!live.log.advance(RECORDS_PER_TURN)) await turn();
  }
  live.noteGroups(group.groups ?? []);
}
