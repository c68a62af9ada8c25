import { readU32 } from '../../little-endian.ts';
import type { Block } from '../../sst/block.ts';
import { EntryView } from '../../sst/entry-view.ts';
import { BlockType, POINTER_BYTES } from '../../sst/format.ts';
import { isFlaw, type SalvageBlocks } from '../salvage-blocks.ts';
import type { SalvageTable } from './salvage-table.ts';

/** Keys, both inclusive; a missing end is not known. */
export interface KeySpan {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
}

interface Pointer {
  /** The block that it points at. */
  readonly number: number;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

/**
 * What indexes and footer of a table still say of its blocks. It is made when a block is bad: what the others are is known
 * from themselves.
 */
export class TableMap {
  /** Data blocks of which an index tells the keys. */
  readonly #data = new Map<number, KeySpan>();
  /** Blocks that hold no data. */
  readonly #others = new Set<number>();

  private constructor() {}

  static async of({ id, blocks: count }: SalvageTable, blocks: SalvageBlocks): Promise<TableMap> {
    const map = new TableMap();
    map.#others.add(count - 1);
    for (const number of blocks.index.numbersOf(id)) {
      const block = number < count ? await blocks.open(id, number) : undefined;
      if (block !== undefined && !isFlaw(block)) map.#take(block);
    }
    return map;
  }

  /** What was in the block; 'nothing': it held no data; undefined: nobody knows. */
  spanOf(number: number): KeySpan | 'nothing' | undefined {
    if (this.#others.has(number)) return 'nothing';
    return this.#data.get(number);
  }

  #take(block: Block): void {
    const { number, type } = block;
    if (type !== BlockType.data) this.#others.add(number);
    // A partition is data, its filter, its index.
    if (type === BlockType.filter) this.#others.add(number + 1);
    if (type === BlockType.index) {
      this.#others.add(number - 1);
      for (const { number: data, firstKey, lastKey } of pointersOf(block)) this.#data.set(data, { from: firstKey, to: lastKey });
    }
    if (type === BlockType.footer) for (const { number: index } of pointersOf(block)) this.#others.add(index).add(index - 1);
  }
}

/** Of an index or a footer; none where it makes no sense, whatever its checksum says. */
export function pointersOf(block: Block): Pointer[] {
  const view = new EntryView();
  const pointers: Pointer[] = [];
  try {
    for (let i = 0; i < block.count; i++) {
      view.decode(block, i);
      const value = view.value();
      if (value.length < POINTER_BYTES) return [];
      pointers.push({ number: readU32(value, 0), firstKey: value.slice(POINTER_BYTES), lastKey: view.key() });
    }
  } catch {
    return [];
  }
  return pointers;
}
