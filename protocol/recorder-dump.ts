import { LithifyError } from './errors.ts';
import type { RecorderDump, RecorderEntry } from './recorder.ts';

type Given = Readonly<Record<string, unknown>>;
/** Throws unless the value is what it must be; `place` is for people. */
type Check = (value: unknown, place: string) => void;

/** What is written is never so deep, and what is deeper could break who walks through it. */
const MOST_DEPTH = 32;
const KINDS: readonly RecorderEntry['kind'][] = ['message', 'transition', 'decision', 'event'];

/**
 * A file that the flight recorder has written. LITHIFY_INVALID_ARGUMENT: it is none, or of another version;
 * LITHIFY_CORRUPTION: it was one once, `details.place` is where it is broken. Costs no more than its length.
 */
export function parseRecorderDump(text: string): RecorderDump {
  if (typeof text !== 'string') throw notOne('it is not a text');
  const parsed = parsedJson(text);
  if (!isRecord(parsed) || parsed.format !== 'lithify-recorder') throw notOne('it does not say that it is one');
  if (parsed.version !== 1) throw notOne(`it is of version ${JSON.stringify(parsed.version)?.slice(0, 20)}, and 1 is known`);
  record({ required: HEAD, optional: HEAD_OPTIONAL })(parsed, 'dump');
  assertAscending(parsed.entries as readonly RecorderEntry[]);
  // Every field was looked at.
  return parsed as unknown as RecorderDump;
}

const text: Check = (value, place) => typeof value === 'string' || fail(place, 'a text');
const number: Check = (value, place) => Number.isFinite(value) || fail(place, 'a number');
const count: Check = (value, place) => (Number.isSafeInteger(value) && Number(value) >= 0) || fail(place, 'a whole number from 0');
const kind: Check = (value, place) => KINDS.some((one) => one === value) || fail(place, KINDS.join(', '));
const details: Check = (value, place) => {
  if (!isRecord(value)) fail(place, 'an object');
  flat(value, place);
};

function flat(value: unknown, place: string, depth = 0): void {
  if (depth > MOST_DEPTH) fail(place, `at most ${MOST_DEPTH} deep`);
  if (typeof value === 'number') number(value, place);
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) flat(item, place, depth + 1);
}

interface Fields {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional: Readonly<Record<string, Check>>;
}

function record({ required, optional }: Fields): Check {
  return (value, place) => {
    if (!isRecord(value)) fail(place, 'an object');
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(required, name) && !Object.hasOwn(optional, name)) fail(`${place}.${name.slice(0, 40)}`, 'absent');
    }
    for (const [name, check] of Object.entries(required)) check(own(value, name), `${place}.${name}`);
    for (const [name, check] of Object.entries(optional)) {
      if (Object.hasOwn(value, name)) check(value[name], `${place}.${name}`);
    }
  };
}

const entry = record({
  required: { n: count, atMs: number, kind, type: text, actor: text },
  optional: { from: text, cause: count, envelope: text, ms: number, details },
});
const entries: Check = (value, place) => {
  if (!Array.isArray(value)) fail(place, 'a list');
  for (const [at, one] of value.entries()) entry(one, `${place}[${at}]`);
};
const HEAD: Fields['required'] = { format: text, version: count, reason: text, wallMs: number, location: text, dropped: count, entries };
const HEAD_OPTIONAL: Fields['optional'] = { error: record({ required: { code: text, message: text }, optional: {} }), stats: flat };

function assertAscending(all: readonly RecorderEntry[]): void {
  let before = 0;
  for (const [at, { n, cause = 0 }] of all.entries()) {
    if (n <= before) fail(`dump.entries[${at}].n`, `above ${before}, which is the one before`);
    if (cause >= n) fail(`dump.entries[${at}].cause`, `below ${n}: nothing comes of what is later`);
    before = n;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw broken('dump', 'JSON from its beginning to its end', error);
  }
}

function isRecord(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of its own; what every object inherits is none. */
function own(value: Given, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function fail(place: string, wanted: string): never {
  throw broken(place, wanted);
}

function broken(place: string, wanted: string, cause?: unknown): LithifyError {
  return new LithifyError('LITHIFY_CORRUPTION', `This dump of the flight recorder is damaged: ${place} must be ${wanted}.`, {
    cause,
    details: { place },
  });
}

function notOne(why: string): LithifyError {
  return new LithifyError('LITHIFY_INVALID_ARGUMENT', `This is no dump of the flight recorder: ${why}.`, { details: { place: 'dump' } });
}
