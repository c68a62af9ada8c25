/** Numbers that do not fit into one: u64 as two u32 halves, and doubles as their bytes. Nothing here allocates. */
const scratch = new DataView(new ArrayBuffer(8));

export function lowHalf(value: bigint): number {
  scratch.setBigUint64(0, value, true);
  return scratch.getUint32(0, true);
}

export function highHalf(value: bigint): number {
  scratch.setBigUint64(0, value, true);
  return scratch.getUint32(4, true);
}

export function joined(low: number, high: number): bigint {
  scratch.setUint32(0, low, true);
  scratch.setUint32(4, high, true);
  return scratch.getBigUint64(0, true);
}

/** The IEEE-754 double, little-endian, that begins at `at`. */
export function readDouble(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[at + i]);
  return scratch.getFloat64(0, true);
}

export function writeDouble(bytes: Uint8Array, at: number, value: number): void {
  scratch.setFloat64(0, value, true);
  for (let i = 0; i < 8; i++) bytes[at + i] = scratch.getUint8(i);
}

/** Unsigned LEB128, shortest form, of a u64 given as its halves. Returns the end. */
export function writeVarint(out: Uint8Array, at: number, low: number, high: number): number {
  let end = at;
  let [rest, above] = [low, high];
  while (above !== 0 || rest >>> 0 > 127) {
    out[end++] = (rest & 127) | 128;
    rest = (rest >>> 7) | (above << 25);
    above >>>= 7;
  }
  out[end++] = rest;
  return end;
}

export function varintSize(low: number, high: number): number {
  const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
  return bits === 0 ? 1 : Math.ceil(bits / 7);
}

/** Of a safe integer. */
export function writeNumber(out: Uint8Array, at: number, value: number): number {
  if (value < 128) {
    out[at] = value;
    return at + 1;
  }
  return value < 2 ** 32 ? writeVarint(out, at, value, 0) : writeVarint(out, at, value % 2 ** 32, Math.floor(value / 2 ** 32));
}

export function numberSize(value: number): number {
  if (value < 128) return 1;
  return value < 2 ** 32 ? varintSize(value, 0) : varintSize(value % 2 ** 32, Math.floor(value / 2 ** 32));
}
