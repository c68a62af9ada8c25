import type { Engine } from '../../index.ts';
import { keyOf } from './store.ts';
import type { TrueRecord, Truth } from './truth.ts';

/** A read that was refused. */
export interface Refusal {
  readonly what: string;
  readonly error: unknown;
}

/** A read that gave something else than what was written, or less, and said nothing. */
export class WrongData extends Error {
  override readonly name = 'WrongData';
}

/** Letters of a value in an error. */
const SHOWN = 60;
const TOPICS = ['folded', 'plain'] as const;
/** All keys that ever were, and some beside them. */
const KEYS: readonly string[] = Array.from({ length: 60 }, (_, i) => [keyOf(i), `${keyOf(i)} and more`]).flat();

/** Reads everything in every way, each of which gives the truth or is refused. WrongData when one does neither. */
export async function readAll(engine: Engine, truth: Truth): Promise<Refusal[]> {
  const refusals = [...(await scan(engine, truth, false)), ...(await scan(engine, truth, true)), ...(await gets(engine, truth))];
  for (const topic of TOPICS) {
    const records = truth.records.get(topic) ?? [];
    refusals.push(...(await recordsFrom(engine, topic, records, 0)));
    refusals.push(...(await recordsFrom(engine, topic, records, records[records.length >> 1]?.offset ?? 0)));
    expectOffsets(engine, topic, records, truth);
  }
  return refusals;
}

async function scan(engine: Engine, truth: Truth, reverse: boolean): Promise<Refusal[]> {
  const what = reverse ? 'a scan in reverse' : 'a scan';
  const expected = reverse ? truth.entries.reverse() : truth.entries;
  const iterator = engine.kv.iterator({ reverse });
  try {
    for (let at = 0; ; at++) {
      const found = await iterator.next();
      expectSame(`${what}, entry ${at}`, expected[at]?.join(' = '), found?.join(' = '));
      if (found === undefined) return [];
    }
  } catch (error) {
    if (error instanceof WrongData) throw error;
    return [{ what, error }];
  } finally {
    await iterator.close();
  }
}

async function gets(engine: Engine, truth: Truth): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const [at, key] of KEYS.entries()) {
    const what = `get '${key}'`;
    try {
      const found = at % 4 < 2 ? await engine.kv.get(key) : engine.kv.getSync(key);
      expectSame(what, truth.keys.get(key), found);
    } catch (error) {
      if (error instanceof WrongData) throw error;
      refusals.push({ what, error });
    }
  }
  return refusals;
}

async function recordsFrom(engine: Engine, topic: string, all: readonly TrueRecord[], from: number): Promise<Refusal[]> {
  const what = `${topic} from ${from}`;
  const expected = all.filter(({ offset }) => offset >= from);
  let at = 0;
  try {
    for await (const { offset, key, value } of engine.topic(topic).subscribe({ from: { offset: from }, idleTimeout: 0 })) {
      expectSame(`${what}, record ${at}`, expected[at] && said(expected[at]), said({ offset, key, value: text.decode(value) }));
      at++;
    }
    expectSame(`${what}, how many`, expected.length, at);
    return [];
  } catch (error) {
    if (error instanceof WrongData) throw error;
    return [{ what, error }];
  }
}

/** They are part of the version: once the store is open they are right. */
function expectOffsets(engine: Engine, name: string, records: readonly TrueRecord[], truth: Truth): void {
  const topic = engine.topic(name);
  expectSame(`the end of ${name}`, records.at(-1)?.offset, topic.offsets()?.end);
  expectSame(`the group of ${name}`, truth.committed.get(name), topic.groups()[0]?.committed);
}

const text = new TextDecoder();

function said({ offset, key, value }: TrueRecord): string {
  return `${offset}: ${key} = ${value}`;
}

function expectSame(what: string, expected: string | number | undefined, found: string | number | undefined): void {
  if (expected !== found) throw new WrongData(`${what} gave ${brief(found)}, where ${brief(expected)} was written`);
}

function brief(value: string | number | undefined): string {
  const text = String(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length})`;
}
