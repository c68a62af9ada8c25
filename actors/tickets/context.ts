import type { Ticket } from '../../machines/mailbox/ticket.ts';
import type { LithifyError } from '../../protocol/errors.ts';
import type { CompactionReport } from '../../protocol/messages.ts';
import type { JobSpec, ResultOf, WriteResult } from '../../storage/jobs/job.ts';
import type { PhaseDesk } from '../logs/phase-desk.ts';
import type { Memtables } from '../memtables.ts';
import type { Tablet } from '../tablet.ts';
import type { Writer } from '../writer.ts';

/** Looks after one job while it runs. */
export interface JobWatch {
  /** The job begins; `terminate` ends it wherever it is. Returns what ends the watching. */
  begin(terminate: () => void): () => void;
  /** What its failure is, as far as the watch knows better. */
  explain(error: LithifyError): LithifyError;
}

/** What running a ticket needs of the engine. */
export interface TicketContext {
  readonly ticket: Ticket;
  readonly tablet: Tablet;
  readonly writer: Writer;
  readonly memtables: Memtables;
  /** Runs a job on this compactor's worker. */
  job<J extends JobSpec>(spec: J, reason: string, watch?: JobWatch): Promise<ResultOf<J>>;
  /** Runs a job in this thread, block by block: for what cannot cross to another, such as a strategy that is an object. */
  jobHere<J extends JobSpec>(spec: J, reason: string, watch?: JobWatch): Promise<ResultOf<J>>;
  /** What the phases of logs do. */
  readonly desk: PhaseDesk;
  /** The compactor was told to make way at the next boundary. */
  isYielding(): boolean;
}

export const NOTHING_COMPACTED: CompactionReport = {
  compacted: false,
  inputBlobs: [],
  outputBlobs: [],
  entriesIn: 0,
  entriesOut: 0,
  bytesRead: 0,
  bytesWritten: 0,
};

/** The sum of two reports' work. */
export function withResult(report: CompactionReport, result: WriteResult): CompactionReport {
  return {
    ...report,
    compacted: true,
    outputBlobs: [...report.outputBlobs, ...result.outputs.map((table) => table.id)],
    entriesIn: report.entriesIn + result.entriesIn,
    entriesOut: report.entriesOut + result.entriesOut,
    bytesRead: report.bytesRead + result.bytesRead,
    bytesWritten: report.bytesWritten + result.bytesWritten,
  };
}
