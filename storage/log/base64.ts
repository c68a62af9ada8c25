/** Standard Base64 with padding (RFC 4648, 4). Here because neither Node's Buffer nor `toBase64` (Node 26) may be counted on. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 61;
const NO_DIGIT = 64;
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const DIGITS = makeDigits();
const ascii = new TextDecoder('latin1');

export function toBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let to = 0;
  for (let at = 0; at < whole; at += 3) to = writeFour(out, to, (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]);
  const rest = bytes.length - whole;
  if (rest > 0) {
    writeFour(out, to, (bytes[whole] << 16) | (rest === 2 ? bytes[whole + 1] << 8 : 0));
    out.fill(PAD, out.length - (3 - rest));
  }
  return ascii.decode(out);
}

/** undefined: the text is not Base64, or not as it is written (padding missing, bits left over). */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let to = 0;
  for (let at = 0; at < digits; at += 4) {
    const [a, b] = [digitAt(text, at), digitAt(text, at + 1)];
    const c = at + 2 < digits ? digitAt(text, at + 2) : 0;
    const d = at + 3 < digits ? digitAt(text, at + 3) : 0;
    if ((a | b | c | d) >= NO_DIGIT) return undefined;
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    const count = Math.min(3, bytes.length - to);
    if ((bits & ((1 << (8 * (3 - count))) - 1)) !== 0) return undefined;
    for (let i = 0; i < count; i++) bytes[to++] = bits >> (16 - 8 * i);
  }
  return bytes;
}

function writeFour(out: Uint8Array, at: number, bits: number): number {
  out[at] = CODES[bits >> 18];
  out[at + 1] = CODES[(bits >> 12) & 63];
  out[at + 2] = CODES[(bits >> 6) & 63];
  out[at + 3] = CODES[bits & 63];
  return at + 4;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? DIGITS[code] : NO_DIGIT;
}

function makeDigits(): Uint8Array {
  const digits = new Uint8Array(128).fill(NO_DIGIT);
  CODES.forEach((code, digit) => {
    digits[code] = digit;
  });
  return digits;
}
