import type { Command } from 'commander';
import { registerLogCompact } from './log/compact.ts';
import { registerLogDrop } from './log/drop.ts';
import { registerLogExport } from './log/export.ts';
import { registerLogGroups } from './log/groups.ts';
import { registerLogImport } from './log/import.ts';
import { registerLogOffsets } from './log/offsets.ts';
import { registerLogProduce } from './log/produce.ts';
import { registerLogSubscribe } from './log/subscribe.ts';
import { registerLogTopics } from './log/topics.ts';

export function registerLog(program: Command): void {
  const log = program.command('log').description('commit logs: topics of records; lithify log --help lists what can be done with them');
  const records = [registerLogProduce, registerLogSubscribe, registerLogOffsets, registerLogTopics, registerLogGroups];
  const care = [registerLogCompact, registerLogDrop, registerLogImport, registerLogExport];
  for (const register of [...records, ...care]) register(log);
}
