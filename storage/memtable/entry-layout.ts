/**
 * One entry as it stands in a WAL group and, copied as it is, in a memtable's arena:
 * kind (1 byte), key length (varint), value length (varint), key, value.
 */

/** Where the entry's key begins; it is `keyLengthAt` bytes long. */
export function keyStartAt(bytes: Uint8Array, entry: number): number {
  let at = entry + 1;
  while (bytes[at++] >= 128);
  while (bytes[at++] >= 128);
  return at;
}

export function keyLengthAt(bytes: Uint8Array, entry: number): number {
  return varintAt(bytes, entry + 1);
}

export function valueLengthAt(bytes: Uint8Array, entry: number): number {
  let at = entry + 1;
  while (bytes[at++] >= 128);
  return varintAt(bytes, at);
}

/** An unsigned number of at most 31 bits, seven a byte, the lowest first. What was validated once is trusted here. */
export function varintAt(bytes: Uint8Array, at: number): number {
  let byte = bytes[at];
  if (byte < 128) return byte;
  let value = byte & 127;
  for (let shift = 7; ; shift += 7) {
    byte = bytes[++at];
    value |= (byte & 127) << shift;
    if (byte < 128) return value;
  }
}
