import { LithifyError } from '../../protocol/errors.ts';
import { type LogRecord, MAX_U64, type NewRecord, type RecordHeader } from '../../protocol/log.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { encodable } from './new-record.ts';
import { formatTime, parseTime } from './rfc3339.ts';

/** For people rather than for streambed's programs. */
export interface JsonForm {
  /** The key as text of decimal digits, which a reader of JSON without large numbers does not round. */
  readonly keyText?: boolean;
  /** The value as text; what is not UTF-8 stays Base64, under `value64`, so that no byte is ever changed. */
  readonly valueText?: boolean;
}

/** A record, and where it goes. */
export interface ProducerRecord extends NewRecord {
  /** The topic's name. */
  readonly topic: string;
}

const STREAMBED: JsonForm = {};
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** One line, without its end, in the JSON of streambed's ConsumerRecord (log-format.md 1.1). */
export function toJsonLine(record: LogRecord, form = STREAMBED): string {
  const { topic, headers, timestamp, key, partition, offset } = record;
  const fields = [
    `"topic":${JSON.stringify(topic)}`,
    `"headers":[${headers.map(headerJson).join(',')}]`,
    `"timestamp":${timestamp === undefined ? 'null' : `"${formatTime(timestamp)}"`}`,
    `"key":${form.keyText ? `"${key}"` : key}`,
    valueJson(record.value, form),
    `"partition":${partition}`,
    `"offset":${offset}`,
  ];
  return `{${fields.join(',')}}`;
}

function headerJson({ key, value }: RecordHeader): string {
  return `{"key":${JSON.stringify(key)},"value":"${toBase64(value)}"}`;
}

function valueJson(value: Uint8Array, form: JsonForm): string {
  const text = form.valueText ? textOf(value) : undefined;
  if (text !== undefined) return `"value":${JSON.stringify(text)}`;
  return `"${form.valueText ? 'value64' : 'value'}":"${toBase64(value)}"`;
}

function textOf(value: Uint8Array): string | undefined {
  try {
    return decoder.decode(value);
  } catch {
    return undefined;
  }
}

const FIELDS: ReadonlySet<string> = new Set(['topic', 'headers', 'timestamp', 'key', 'value', 'value64', 'partition', 'offset']);

/**
 * A line in the JSON of streambed's ProducerRecord; `offset` may stand there too and says nothing, so that records can be
 * piped from one topic to another. `to`: the topic, whatever the line says, which need not say any then. `headers` must be there but may be null, `timestamp` and `partition` may be left out.
 * Throws LITHIFY_INVALID_ARGUMENT, with the field in `details`; a field that nobody knows is refused as well, since a
 * misspelt one would be data lost without a word.
 */
export function parseProducerRecord(line: string, form = STREAMBED, to?: string): ProducerRecord {
  const fields = parseObject(line);
  for (const name of Object.keys(fields)) if (!FIELDS.has(name)) throw wrong(name, `one of ${[...FIELDS].join(', ')}`, 'unknown');
  const timestamp = timestampIn(fields.timestamp);
  const partition = partitionIn(fields.partition);
  const record: ProducerRecord = {
    topic: to !== undefined && fields.topic === undefined ? to : textIn('topic', fields.topic),
    headers: headersIn(fields.headers),
    ...(timestamp !== undefined && { timestamp }),
    key: keyIn(fields.key, form),
    value: valueIn(fields, form),
    ...(partition !== undefined && { partition }),
  };
  // What no topic takes is refused here, where it is known which line it is.
  encodable(record);
  return to === undefined ? record : { ...record, topic: to };
}

function parseObject(line: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = LARGE.test(line) ? JSON.parse(line, exactly) : JSON.parse(line);
  } catch (cause) {
    throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A line is not JSON: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
  if (isObject(parsed)) return parsed;
  throw new LithifyError('LITHIFY_INVALID_ARGUMENT', `A line holds ${shown(parsed)} where an object belongs.`);
}

/** An integer of fewer digits is safe. Measured (Node 26, a short record): with a function to ask 1.7 µs a line, without 0.4. */
const LARGE = /\d{16}/;

/** Integers that a number would round become bigints: the text that the parser saw is still there. */
function exactly(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function keyIn(given: unknown, form: JsonForm): bigint {
  const isDigits = form.keyText && typeof given === 'string' && /^\d{1,20}$/.test(given);
  const key = isDigits || Number.isSafeInteger(given) || typeof given === 'bigint' ? BigInt(given as string | number | bigint) : -1n; // just seen to be one
  if (key >= 0n && key <= MAX_U64) return key;
  throw wrong('key', `${form.keyText ? 'a number, or digits as text,' : 'a number'} from 0 to ${MAX_U64}`, shown(given));
}

function valueIn(fields: Record<string, unknown>, form: JsonForm): Uint8Array {
  const { value, value64 } = fields;
  if (!form.valueText && value64 !== undefined) throw wrong('value64', 'absent: it belongs to values as text', shown(value64));
  if (value !== undefined && value64 !== undefined) throw wrong('value64', 'absent where there is a value', shown(value64));
  if (value64 !== undefined) return base64In('value64', value64);
  return form.valueText ? encoder.encode(textIn('value', value)) : base64In('value', value);
}

function headersIn(given: unknown): RecordHeader[] {
  if (given === null) return [];
  if (!Array.isArray(given)) throw wrong('headers', 'an array or null', shown(given));
  return given.map((header: unknown, i) => {
    const name = `headers[${i}]`;
    if (!isObject(header)) throw wrong(name, 'an object with key and value', shown(header));
    for (const field of Object.keys(header))
      if (field !== 'key' && field !== 'value') throw wrong(`${name}.${field}`, 'key or value', 'unknown');
    return { key: textIn(`${name}.key`, header.key), value: base64In(`${name}.value`, header.value) };
  });
}

function timestampIn(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  const time = typeof given === 'string' ? parseTime(given) : undefined;
  if (time === undefined) throw wrong('timestamp', 'null or a time such as "2023-11-14T22:13:20.123Z"', shown(given));
  return time;
}

function partitionIn(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) return given;
  throw wrong('partition', 'a number from 0', shown(given));
}

function textIn(field: string, given: unknown): string {
  if (typeof given === 'string' && given.isWellFormed()) return given;
  throw wrong(field, 'text', typeof given === 'string' ? 'half of a character' : shown(given));
}

function base64In(field: string, given: unknown): Uint8Array {
  const bytes = typeof given === 'string' ? fromBase64(given) : undefined;
  if (bytes === undefined) throw wrong(field, 'Base64 with padding', shown(given));
  return bytes;
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function wrong(field: string, expected: string, found: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `The field ${field} of a record must be ${expected}, not ${found}.`, {
    details: { field, expected, found },
  });
}

const MOST_SHOWN = 40;

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
