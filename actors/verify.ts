import type { VerifyReport } from '../protocol/stats.ts';
import { SharedControl } from '../storage/jobs/shared-control.ts';
import type { LogPart } from '../storage/log/part.ts';
import type { TableMeta } from '../storage/sst/table.ts';
import type { Version } from '../storage/tablet/contract.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { Core } from './core.ts';
import type { Workers } from './workers.ts';

/** Reads and checks every block of every live table and of every part of a log, on a worker, one by one. Damage is a finding, not an error. */
export async function verifyTables(core: Core, workers: Workers): Promise<VerifyReport> {
  const lease = core.lease('verify');
  const pieces = piecesOf(lease.version);
  const report = { tables: pieces.length, blocks: 0, entries: 0, bytes: 0 };
  const damage: VerifyReport['damage'][number][] = [];
  try {
    for (const piece of pieces) {
      const loan = await workers.lend('verify');
      try {
        const found = await loan.runner.run({ kind: 'verify', ...piece }, SharedControl.create());
        report.blocks += found.blocks;
        report.entries += found.entries;
        report.bytes += found.bytes;
        damage.push(...found.damage);
      } finally {
        loan.giveBack();
      }
    }
    return { ...report, damage };
  } finally {
    lease.release();
  }
}

function piecesOf(version: Version): { tables: readonly TableMeta[]; parts: readonly LogPart[] }[] {
  const parts = [...version.logs.partitions.values()].flatMap((state) => state.parts);
  return [...allTables(version).map((table) => ({ tables: [table], parts: [] })), ...parts.map((part) => ({ tables: [], parts: [part] }))];
}
