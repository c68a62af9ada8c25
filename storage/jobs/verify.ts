import type { BlobId } from '../../protocol/messages.ts';
import { StagedVerifier } from '../log/staged-verifier.ts';
import type { TableMeta } from '../sst/table.ts';
import { TableVerifier } from '../sst/table-verifier.ts';
import { aborted } from './compact.ts';
import type { Damage, JobContext, VerifyJob, VerifyResult } from './job.ts';
import { verifyPart, verifyStaged } from './verify-part.ts';

/** Reads every block of every table, of every part of a log and of every staged value, and reports all that is wrong; damage is a result, not an error. */
export async function runVerify(job: VerifyJob, context: JobContext): Promise<VerifyResult> {
  const damage: Damage[] = [];
  let blocks = 0;
  let entries = 0;
  let bytes = 0;
  for (const table of job.tables) {
    const verifier = new TableVerifier(table, context.checksum);
    await verifyTable(table, verifier, context);
    damage.push(...verifier.finish());
    blocks += verifier.blocks;
    entries += verifier.entries;
    bytes += verifier.bytes;
  }
  const sized = new Set<BlobId>();
  for (const part of job.parts ?? []) {
    const verifier = await verifyPart(part, sized, context);
    damage.push(...verifier.finish());
    blocks += verifier.blocks;
    entries += verifier.records;
    bytes += verifier.bytes;
  }
  const values = new StagedVerifier(context.checksum);
  for (const staged of job.staged ?? []) await verifyStaged(staged, values, context);
  damage.push(...values.damage);
  return { blocks: blocks + values.blocks, entries, bytes: bytes + values.bytes, damage };
}

async function verifyTable(table: TableMeta, verifier: TableVerifier, context: JobContext): Promise<void> {
  const { blobs, control } = context;
  for (let number = 0; number < table.blocks; number++) {
    if (control.command() === 'abort') throw aborted();
    const entries = verifier.entries;
    try {
      const block = context.turn === undefined ? blobs.readSync(table.id, number) : await blobs.read(table.id, number);
      verifier.take(number, block);
      control.progress(verifier.entries - entries, block.length);
    } catch (error) {
      verifier.unreadable(number, error);
    }
    const turn = context.turn?.();
    if (turn !== undefined) await turn;
  }
  await verifySize(table, verifier, context);
}

async function verifySize(table: TableMeta, verifier: TableVerifier, { blobs }: JobContext): Promise<void> {
  try {
    verifier.takeSize(await blobs.size(table.id));
  } catch (error) {
    verifier.unreadable(undefined, error);
  }
}
