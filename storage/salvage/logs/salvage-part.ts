import type { Offset } from '../../../protocol/log.ts';
import type { BlobId } from '../../../protocol/messages.ts';
import type { LogPart } from '../../log/part.ts';

/** A part to be read, whatever is left of it. */
export interface SalvagePart {
  readonly blobId: BlobId;
  readonly firstBlock: number;
  /** Log blocks; behind them stands the index. */
  readonly blocks: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
}

export function salvagePartOf({ blob, firstBlock, blocks, firstOffset, lastOffset }: LogPart): SalvagePart {
  return { blobId: blob.id, firstBlock, blocks, firstOffset, lastOffset };
}
