/** Where in a table file a value lies: in the block at `offset` (of `size` bytes, as it is stored), `start` to `end` of its content. */
export interface BlockPlace {
  readonly offset: number;
  readonly size: number;
}

/**
 * One key as some file of a LevelDB has it, put or deleted. A view: good until the next one. `isSound`: LevelDB's checksum
 * over it is right; if not, only a value that proves itself may be believed, and a deletion not at all.
 */
export interface LevelEntry {
  readonly key: Uint8Array;
  /** LevelDB's own: of several entries with the same key the one with the highest counts. */
  readonly sequence: number;
  readonly isPut: boolean;
  /** The value is bytes[valueStart, valueEnd). */
  readonly bytes: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly isSound: boolean;
}

export type VisitEntry = (entry: LevelEntry) => void;

/** LevelDB's value types. */
export const PUT = 1;
