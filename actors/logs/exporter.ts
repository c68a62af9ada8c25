import type { LogTopic } from '../../storage/log/catalog.ts';
import { LogBlockCursor } from '../../storage/log/log-block-cursor.ts';
import type { LogTail } from '../../storage/log/log-table.ts';
import type { LogPart, StagedValue } from '../../storage/log/part.ts';
import { RecordView } from '../../storage/log/record.ts';
import { stagedLength, stagedPieces } from '../../storage/log/staged-values.ts';
import { StreambedWriter, type WriteBytes, type Written } from '../../storage/log/streambed/writer.ts';
import { corruption } from '../../storage/sst/damage.ts';
import type { Core } from '../core.ts';

/**
 * One partition's records as a file of streambed-logged, byte for byte as they are stored: those that are there at the
 * call. What they are read from is pinned until then; compactions go on meanwhile. Rejects with LITHIFY_CORRUPTION.
 */
export async function exportPartition(core: Core, { id: topic }: LogTopic, partition: number, write: WriteBytes): Promise<Written> {
  const lease = core.lease('export');
  try {
    const { parts, agedTo } = core.topics.state(topic, partition);
    const next = core.topics.next(topic, partition);
    const tails = core.memtables.logs.flatMap((table) => table.tail(topic, partition) ?? []);
    const out = new Export(core, write);
    for (const part of parts) await out.addPart(part);
    for (const tail of tails) await out.addTail(tail, agedTo, next);
    return await out.end();
  } finally {
    lease.release();
  }
}

class Export {
  readonly #core: Core;
  readonly #writer: StreambedWriter;
  readonly #view = new RecordView();

  constructor(core: Core, write: WriteBytes) {
    this.#core = core;
    this.#writer = new StreambedWriter(write);
  }

  async addPart(part: LogPart): Promise<void> {
    const cursor = new LogBlockCursor();
    let last = -1;
    for (let number = 0; number < part.blocks; number++) {
      cursor.open(await this.#core.parts.loadBlock(part, number), last);
      while (cursor.next(this.#view)) {
        const pending = this.#add(cursor.staged);
        if (pending !== undefined) await pending;
      }
      last = cursor.offset;
    }
    // Blocks are checked one by one; this is what tells that none is another's.
    if (last !== part.lastOffset)
      throw corruption(part.blob.id, part.firstBlock, 'last offset', { expected: part.lastOffset, found: last });
  }

  /** Records in memory, from an offset on and below another. */
  async addTail(tail: LogTail, from: number, to: number): Promise<void> {
    const end = tail.indexOf(to);
    for (let index = tail.indexOf(from); index < end; index++) {
      const pending = this.#add(tail.view(index, this.#view));
      if (pending !== undefined) await pending;
    }
  }

  end(): Promise<Written> {
    return this.#writer.end();
  }

  #add(staged: StagedValue | undefined): Promise<void> | undefined {
    if (staged === undefined) return this.#writer.add(this.#view);
    return this.#writer.addStaged(this.#view, stagedLength(staged), stagedPieces(this.#core.parts.source, staged));
  }
}
