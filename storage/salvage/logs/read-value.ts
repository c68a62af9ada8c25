import type { StagedValue } from '../../log/part.ts';
import { isStagedLength, stagedLength } from '../../log/staged-values.ts';
import { BlockType } from '../../sst/format.ts';
import { type Flaw, isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';

/** A large value, whole, or why it cannot be had. */
export async function readValue(staged: StagedValue, blocks: SalvageBlocks): Promise<Uint8Array | Flaw> {
  const length = stagedLength(staged);
  let value: Uint8Array | undefined;
  let at = 0;
  for (let number = 0; number < staged.blocks; number++) {
    const block = await blocks.open(staged.id, number);
    if (isFlaw(block)) return { flaw: `its value: ${block.flaw}` };
    const stretch = block.bytes.subarray(block.start, block.limit);
    if (value === undefined && !isStagedLength(staged, stretch.length)) return { flaw: `no value of such blocks has ${length} bytes` };
    if (block.type !== BlockType.logValue || at + stretch.length > length) return { flaw: 'its value is another one' };
    value ??= new Uint8Array(length);
    value.set(stretch, at);
    at += stretch.length;
  }
  return value !== undefined && at === length ? value : { flaw: `its value has ${at} of ${length} bytes` };
}
