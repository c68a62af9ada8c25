/**
 * Records as lithify keeps them. A record's bytes are streambed-logged's own (record.ts), so that they can be copied from
 * the WAL to memory, to blobs, and out to that system's files without being encoded again.
 *
 *     WAL section and log table:  topic varint · partition varint · size varint · record
 *     log block:                                                    size varint · record
 *
 * `size` is twice the record's bytes, plus one if its value is staged: then the record has an empty value and is followed
 * (inside its bytes) by where the value is: blob id u48 · blocks u32 · bytes of the blob u32, little-endian.
 */
export const STAGED_REFERENCE_BYTES = 14;
