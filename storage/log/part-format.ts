/**
 * The bytes of a part; little-endian throughout, fixed for ever once a release has written them.
 *
 * A part is log blocks and then one index block, in a row; a blob holds one part or many. Every block begins with the
 * header of sst/format.ts (which says its blob and its number) and ends with its checksum; bodies are
 *
 * Log block:    frames (frame.ts), back to back: size varint · record. count: of records, at least one.
 *               A record never spans blocks; one that is larger than a block makes the block larger.
 * Index block:  'LITHLOG' and a version byte · topic u64 · partition u32 · an entry a log block. count: of log blocks.
 * Entry:        first offset u64 · last offset u64 · records u32 · bytes of its frames u32 · records without a
 *               timestamp u32 · greatest timestamp f64, ms since 1970, NaN where no record has one
 *
 * A staged value is a blob of its own, of value blocks: a stretch of the value each, all as long as the first but the last.
 *
 * The index says of whom the part is, so that a store that lost its manifest can be put together again, and enough to
 * seek by offset and by time, and to drop by age and by size, without reading a log block that is not wanted.
 */
export const PART_MAGIC = [0x4c, 0x49, 0x54, 0x48, 0x4c, 0x4f, 0x47] as const;
export const PART_VERSION = 1;

/** Magic, version, topic, partition. */
export const INDEX_PREAMBLE_BYTES = 8 + 8 + 4;
export const INDEX_ENTRY_BYTES = 8 + 8 + 4 + 4 + 4 + 8;

/** Size varint and the smallest record. */
export const MIN_FRAME_BYTES = 1 + 10;
