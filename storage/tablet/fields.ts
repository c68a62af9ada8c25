/**
 * Tagged fields, as in protocol buffers: a varint `tag << 1 | kind`, then for kind 0 a varint (a safe integer), for
 * kind 1 a varint length and so many bytes. A field may repeat. Readers are told every field, so they can refuse what
 * they do not know; nothing is read outside of the bytes given.
 */
export class FieldWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  number(tag: number, value: number): this {
    this.#varint(tag * 2);
    this.#varint(value);
    return this;
  }

  bytes(tag: number, value: Uint8Array): this {
    this.#varint(tag * 2 + 1);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Nothing is written for undefined. */
  optional(tag: number, value: number | undefined): this {
    return value === undefined ? this : this.number(tag, value);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no unsigned safe integer`);
    this.#reserve(8);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

export interface Field {
  readonly tag: number;
  readonly value: number | Uint8Array;
}

/** A malformed field; `offset` is where, in the bytes given. */
export class FieldError extends Error {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;

  constructor(offset: number, expected: string, found: string) {
    super(`expected ${expected}, found ${found}, at byte ${offset}`);
    this.name = 'FieldError';
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }
}

/** The fields in their order; byte values are copies. Throws FieldError. */
export function readFields(bytes: Uint8Array, start = 0): Field[] {
  const fields: Field[] = [];
  const at = { offset: start };
  while (at.offset < bytes.length) {
    const head = readVarint(bytes, at);
    const tag = Math.floor(head / 2);
    const number = readVarint(bytes, at);
    fields.push({ tag, value: head % 2 === 0 ? number : readBytes(bytes, at, number) });
  }
  return fields;
}

function readBytes(bytes: Uint8Array, at: { offset: number }, length: number): Uint8Array {
  const end = at.offset + length;
  if (end > bytes.length) throw new FieldError(at.offset, `${length} bytes`, `${bytes.length - at.offset}`);
  const value = bytes.slice(at.offset, end);
  at.offset = end;
  return value;
}

function readVarint(bytes: Uint8Array, at: { offset: number }): number {
  const { offset } = at;
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    if (at.offset >= bytes.length) throw new FieldError(offset, 'a whole number', 'the end');
    const byte = bytes[at.offset++];
    value += (byte & 127) * unit;
    if (value > Number.MAX_SAFE_INTEGER) throw new FieldError(offset, 'a number below 2^53', 'a larger one');
    if (byte < 128) return value;
  }
}

/** Fields by name; every one must be known. */
export class FieldRecord<Name extends string> {
  readonly #values = new Map<string, Field['value'][]>();
  readonly #what: string;

  constructor(bytes: Uint8Array, tags: Readonly<{ [name in Name]: number }>, what: string) {
    this.#what = what;
    const names = new Map(Object.entries(tags).map(([name, tag]) => [tag, name]));
    for (const { tag, value } of readFields(bytes)) {
      const name = names.get(tag);
      if (name === undefined)
        throw new FieldError(0, `one of the fields 1 to ${names.size} of ${what}`, `field ${tag}, of a newer version`);
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  all(name: Name): readonly Field['value'][] {
    return this.#values.get(name) ?? [];
  }

  optional(name: Name): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  number(name: Name): number {
    return asNumber(this.#one(name));
  }

  bytes(name: Name): Uint8Array {
    return asBytes(this.#one(name));
  }

  #one(name: Name): Field['value'] {
    const values = this.all(name);
    if (values.length !== 1) throw new FieldError(0, `${name} once in ${this.#what}`, `${values.length} times`);
    return values[0];
  }
}

export function asNumber(value: Field['value']): number {
  if (typeof value !== 'number') throw new FieldError(0, 'a number', 'bytes');
  return value;
}

export function asBytes(value: Field['value']): Uint8Array {
  if (typeof value === 'number') throw new FieldError(0, 'bytes', 'a number');
  return value;
}
