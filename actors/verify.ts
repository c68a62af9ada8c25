import type { VerifyDamage, VerifyReport } from '../protocol/stats.ts';
import type { VerifyJob, VerifyResult } from '../storage/jobs/job.ts';
import { SharedControl } from '../storage/jobs/shared-control.ts';
import type { Version } from '../storage/tablet/contract.ts';
import { allTables } from '../storage/tablet/version.ts';
import type { Core } from './core.ts';
import type { Workers } from './workers.ts';

/** Reads and checks every block of every live table, of every part of a log and of every large value, on a worker, one by one. Damage is a finding, not an error. */
export async function verifyTables(core: Core, workers: Workers): Promise<VerifyReport> {
  const lease = core.lease('verify');
  const pieces = piecesOf(lease.version);
  const tables = pieces.filter(({ staged }) => staged.length === 0).length;
  const report = { tables, blocks: 0, entries: 0, bytes: 0 };
  const damage: VerifyDamage[] = [];
  try {
    for (const piece of pieces) {
      const found = await verifyPiece(piece, core, workers);
      report.blocks += found.blocks;
      report.entries += found.entries;
      report.bytes += found.bytes;
      damage.push(...found.damage);
    }
    return { ...report, damage };
  } finally {
    lease.release();
  }
}

/** Once more when LevelDB was opened anew meanwhile: what a handle that is closed does not give is no damage. */
async function verifyPiece(piece: Piece, { store }: Core, workers: Workers): Promise<VerifyResult> {
  for (;;) {
    await store.ready();
    const { blobs } = store;
    const [outcome] = await Promise.allSettled([verifyOn(workers, piece)]);
    if (!store.isOpen || store.blobs !== blobs) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}

async function verifyOn(workers: Workers, piece: Piece): Promise<VerifyResult> {
  const loan = await workers.lend('verify');
  try {
    return await loan.runner.run({ kind: 'verify', ...piece }, SharedControl.create());
  } finally {
    loan.giveBack();
  }
}

/** Each is lent a thread for. */
type Piece = Required<Pick<VerifyJob, 'tables' | 'parts' | 'staged'>>;

function piecesOf(version: Version): Piece[] {
  const parts = [...version.logs.partitions.values()].flatMap((state) => state.parts);
  return [
    ...allTables(version).map((table) => ({ ...NOTHING, tables: [table] })),
    ...parts.map((part) => ({ ...NOTHING, parts: [part] })),
    ...[...version.logs.staged.values()].map((value) => ({ ...NOTHING, staged: [value] })),
  ];
}

const NOTHING: Piece = { tables: [], parts: [], staged: [] };
