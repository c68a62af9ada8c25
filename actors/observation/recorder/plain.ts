import { messageOf } from '../../../protocol/errors.ts';

const MOST_CHARACTERS = 240;
const MOST_ITEMS = 16;
const MOST_DEPTH = 6;
/** Values of all depths together: of an entry's details, and of the numbers of an engine. */
const MOST_VALUES = 160;
const MOST_STATS = 2_000;

type Plain = Record<string, unknown>;

/** A copy for JSON that is small whatever it is made of: long text and lists are cut, bytes are counted, errors are code and message. */
export function plainOf(value: object): Plain {
  return new Copying(MOST_VALUES).record(value, 0);
}

/** The same for what an engine counts, of which there is more. */
export function plainStats(stats: object): Plain {
  return new Copying(MOST_STATS).record(stats, 0);
}

export function shortText(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)`;
}

export function plainError(error: unknown): { code?: string; message: string } {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return { ...(typeof code === 'string' && { code: shortText(code) }), message: shortText(messageOf(error)) };
}

class Copying {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  record(value: object, depth: number): Plain {
    const copy: Plain = {};
    for (const [name, item] of Object.entries(value)) {
      if (this.#left <= 0) break;
      const plain = this.#value(item, depth + 1);
      if (plain !== undefined) copy[shortText(name)] = plain;
    }
    return copy;
  }

  #value(value: unknown, depth: number): unknown {
    this.#left--;
    switch (typeof value) {
      case 'string':
        return shortText(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return String(value);
      case 'object':
        return value === null ? null : this.#object(value, depth);
      default:
        return undefined;
    }
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Error) return plainError(value);
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (depth >= MOST_DEPTH) return '…';
    return Array.isArray(value) ? this.#list(value, depth) : this.record(value, depth);
  }

  #list(items: readonly unknown[], depth: number): unknown[] {
    const copy = items.slice(0, MOST_ITEMS).map((item) => this.#value(item, depth + 1) ?? null);
    if (items.length > MOST_ITEMS) copy.push(`… and ${items.length - MOST_ITEMS} more`);
    return copy;
  }
}
