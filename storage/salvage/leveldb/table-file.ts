import { readU32 } from '../../little-endian.ts';
import { crc32c } from '../../log/crc32c.ts';
import { walkBlock } from './block.ts';
import { masked, maskedChecksum } from './checksum.ts';
import type { BlockPlace } from './entry.ts';
import { uncompress } from './snappy.ts';
import { readVarint, varintEnd } from './varint.ts';

/** Type byte and checksum, behind every block. */
export const BLOCK_TRAILER_BYTES = 5;
const FOOTER_BYTES = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb] as const;
const RAW = 0;
const SNAPPY = 1;

/** Where a table file's data blocks are. */
export interface TableBlocks {
  readonly places: readonly BlockPlace[];
  /** Its index says so. If not, they were found by their checksums, up to the first damaged one, and some are no data. */
  readonly isIndexed: boolean;
}

/** By the file's index, or where that is damaged by walking: every block ends where its checksum is right. */
export function findBlocks(file: Uint8Array): TableBlocks {
  const places = indexedBlocks(file);
  return places === undefined ? { places: walkedBlocks(file), isIndexed: false } : { places, isIndexed: true };
}

/** The block's content, and whether its checksum is right; undefined: it makes no sense. `bytes` may be any part of the file. */
export function openLevelBlock(bytes: Uint8Array, { offset, size }: BlockPlace): { content: Uint8Array; isSound: boolean } | undefined {
  const end = offset + size;
  if (end + BLOCK_TRAILER_BYTES > bytes.length) return undefined;
  const isSound = maskedChecksum(bytes, offset, end + 1) === readU32(bytes, end + 1);
  const type = bytes[end];
  if (type === RAW) return { content: bytes.subarray(offset, end), isSound };
  const content = type === SNAPPY ? uncompress(bytes, offset, end) : undefined;
  return content && { content, isSound };
}

function indexedBlocks(file: Uint8Array): BlockPlace[] | undefined {
  const footer = file.length - FOOTER_BYTES;
  if (footer < 0 || MAGIC.some((byte, i) => file[file.length - MAGIC.length + i] !== byte)) return undefined;
  const metaindex = readHandle(file, footer, file.length);
  const index = metaindex && readHandle(file, varintEnd(), file.length);
  const opened = index && openLevelBlock(file, index);
  if (opened === undefined || !opened.isSound) return undefined;
  const { content } = opened;
  const places: BlockPlace[] = [];
  let free = 0;
  const isWhole = walkBlock(content, (_, start, end) => {
    const place = readHandle(content, start, end);
    // One stands behind the other. An index that names a block again and again would have it read as often.
    if (place === undefined || place.offset < free) return false;
    free = place.offset + place.size + BLOCK_TRAILER_BYTES;
    places.push(place);
    return free <= file.length;
  });
  return isWhole ? places : undefined;
}

function readHandle(bytes: Uint8Array, at: number, limit: number): BlockPlace | undefined {
  const offset = readVarint(bytes, at, limit);
  const size = offset === undefined ? undefined : readVarint(bytes, varintEnd(), limit);
  return offset === undefined || size === undefined ? undefined : { offset, size };
}

/** One behind the other from the first byte on; one pass over the bytes. */
function walkedBlocks(file: Uint8Array): BlockPlace[] {
  const places: BlockPlace[] = [];
  for (let offset = 0; ; ) {
    const size = sizeByChecksum(file, offset);
    if (size === undefined) return places;
    places.push({ offset, size });
    offset += size + BLOCK_TRAILER_BYTES;
  }
}

function sizeByChecksum(file: Uint8Array, offset: number): number | undefined {
  let crc = 0;
  for (let at = offset; at + BLOCK_TRAILER_BYTES <= file.length; at++) {
    crc = crc32c(file, at, at + 1, crc);
    // The byte just taken may be the type.
    if (file[at] <= SNAPPY && masked(crc) === readU32(file, at + 1)) return at - offset;
  }
  return undefined;
}
