import type { VerifyReport } from '../protocol/stats.ts';
import { SharedControl } from '../storage/jobs/shared-control.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { Core } from './core.ts';
import type { Workers } from './workers.ts';

/** Reads and checks every block of every live table, on a worker, table by table. Damage is a finding, not an error. */
export async function verifyTables(core: Core, workers: Workers): Promise<VerifyReport> {
  const lease = core.lease('verify');
  const tables = allTables(lease.version);
  const report = { tables: tables.length, blocks: 0, entries: 0, bytes: 0 };
  const damage: VerifyReport['damage'][number][] = [];
  try {
    for (const table of tables) {
      const loan = await workers.lend('verify');
      try {
        const found = await loan.runner.run({ kind: 'verify', tables: [table] }, SharedControl.create());
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
