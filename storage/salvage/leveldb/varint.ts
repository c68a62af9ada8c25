let end = 0;

/** Where the number that was read last ended; a second result without an object. */
export function varintEnd(): number {
  return end;
}

/** LevelDB's varint (seven bits a byte, the lowest first), up to 2^53; undefined: it does not end before the limit, or is larger. */
export function readVarint(bytes: Uint8Array, at: number, limit: number): number | undefined {
  let value = 0;
  let unit = 1;
  for (let i = at; i < limit && i < at + 8; i++) {
    const byte = bytes[i];
    value += (byte & 127) * unit;
    if (byte < 128) {
      end = i + 1;
      return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
    }
    unit *= 128;
  }
  return undefined;
}
