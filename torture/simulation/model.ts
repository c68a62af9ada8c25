import { applyTo, type Content, difference, type GroupCommit, type KeyChange, type NewEntry, type Write } from './writes.ts';

/** A record that a topic shows. */
export interface Shown {
  readonly offset: number;
  readonly key: number;
  readonly value: string;
}

/** A record as it was called for. */
interface Written {
  readonly key: number;
  readonly value: string;
  readonly number: number;
  readonly acknowledgement: number;
  /** Known once it was acknowledged. */
  readonly offset?: number | undefined;
}

/** How far the calls have come that a store shows: at least `least`, at most `most` of them, by their numbers. */
interface Reach {
  readonly least: number;
  readonly most: number;
}

/**
 * What a store may show: calls take effect whole and in their order, so it shows the state after some number of them, and
 * none that was acknowledged is missing. That is stricter than looking at each key by itself.
 */
export class Model {
  /** Of the writes before `#writes`. */
  #content: Content = new Map();
  #entries = new Map<string, Shown[]>();
  #groups: ReadonlyMap<string, number> = new Map();
  #writes: Write[] = [];
  #number = 0;
  acknowledged = 0;
  refused = 0;

  call(keys: readonly KeyChange[], entries: readonly NewEntry[] = [], synced = false, commit?: GroupCommit): Write {
    const called = { keys, entries, synced, number: ++this.#number, ...(commit && { commit }) };
    const write: Write = { ...called, state: 'called', acknowledgement: 0, offsets: [] };
    this.#writes.push(write);
    return write;
  }

  get number(): number {
    return this.#number;
  }

  acknowledge(write: Write, offsets: readonly number[] = []): void {
    write.state = 'acknowledged';
    write.offsets = offsets;
    write.acknowledgement = ++this.acknowledged;
  }

  refuse(write: Write): void {
    write.state = 'refused';
    this.refused++;
  }

  /** As it is now: for judging an image of the disk as it was at this moment. */
  moment(): Model {
    const copy = new Model();
    copy.#content = this.#content;
    copy.#entries = this.#entries;
    copy.#groups = this.#groups;
    copy.#number = this.#number;
    copy.acknowledged = this.acknowledged;
    copy.#writes = this.#writes.map((write) => ({ ...write }));
    return copy;
  }

  /** The keys after every call; meaningful while none is under way. */
  get content(): Content {
    const content = new Map(this.#content);
    for (const write of this.#landed) applyTo(content, write.keys);
    return content;
  }

  /** Throws unless the keys are those after some number of calls up to `last`, all that `floor` counts (see `floorOf`) among them. */
  checkKeys(found: Content, floor: number, last = Number.POSITIVE_INFINITY): Reach {
    const from = this.#landed.findLast(({ keys, acknowledgement }) => keys.length > 0 && isWithin(acknowledgement, floor))?.number ?? 0;
    const content = new Map(this.#content);
    const reach = { least: -1, most: -1 };
    let first: string | undefined;
    for (const write of [undefined, ...this.#landed]) {
      if (write !== undefined) applyTo(content, write.keys);
      const number = write?.number ?? 0;
      if (number < from || number > last) continue;
      const differs = difference(found, content);
      first ??= differs;
      if (differs !== undefined) continue;
      if (reach.least < 0) reach.least = number;
      reach.most = number;
    }
    if (reach.least < 0) throw new Error(`The keys are not those after any number of calls from ${from} on: ${first}`);
    return reach;
  }

  /** The same of one key. */
  checkKey(key: string, found: string | undefined, floor: number): void {
    const writes = this.#landed.filter(({ keys }) => keys.length > 0);
    const least = writes.findLastIndex(({ acknowledgement }) => isWithin(acknowledgement, floor));
    const content: Content = new Map(this.#content);
    const might = new Set<string | undefined>();
    if (least < 0) might.add(content.get(key));
    for (const [at, write] of writes.entries()) {
      applyTo(content, write.keys);
      if (at >= least) might.add(content.get(key));
    }
    if (!might.has(found)) throw new Error(`${key} is ${found}, not one of ${[...might].join(', ')}.`);
  }

  /** Throws unless a topic shows the records of some number of calls: all of them, or the newest of each key at least. */
  checkTopic(topic: string, found: readonly Shown[], floor: number, isCompacted: boolean): Reach {
    const written = this.#entriesOf(topic);
    const last = found.at(-1)?.value;
    const end = last === undefined ? 0 : 1 + written.findIndex(({ value }) => value === last);
    if (last !== undefined && end === 0) throw new Error(`${topic} shows ${last}, which nobody wrote or which was refused.`);
    const missing = written.find(({ acknowledgement }, at) => at >= end && isWithin(acknowledgement, floor));
    if (missing !== undefined) throw new Error(`${topic} lacks ${missing.value}, which was acknowledged; it ends with ${last}.`);
    checkShown(topic, written.slice(0, end), found, isCompacted);
    const next = written[end];
    return { least: written[end - 1]?.number ?? 0, most: (next?.number ?? Number.POSITIVE_INFINITY) - 1 };
  }

  /** Throws unless each group has committed what it did last, or with a call that nobody answered. */
  checkGroups(found: ReadonlyMap<string, number>, floor: number): void {
    const commits = this.#landed.flatMap(({ commit, acknowledgement }) => (commit === undefined ? [] : [{ ...commit, acknowledgement }]));
    for (const group of new Set([...found.keys(), ...this.#groups.keys(), ...commits.map((one) => one.group)])) {
      const own = commits.filter((one) => one.group === group);
      const least = own.findLastIndex(({ acknowledgement }) => isWithin(acknowledgement, floor));
      const might = [...(least < 0 ? [this.#groups.get(group)] : []), ...own.slice(Math.max(0, least)).map(({ offset }) => offset)];
      const is = found.get(group);
      if (!might.includes(is)) throw new Error(`Group ${group} has committed ${is}, not one of ${might.join(', ')}.`);
    }
  }

  /** So many of the first acknowledged calls must be there: up to the last that is as durable as that. */
  floorOf(survives: (write: Write) => boolean): number {
    const counts = this.#writes.filter(survives).map(({ acknowledgement }) => acknowledgement);
    return Math.max(0, ...counts);
  }

  /** Throws when a call over keys and topics came only in part. */
  checkWhole(keys: Reach, topics: ReadonlyMap<string, Reach>): void {
    for (const { number, keys: changes, entries } of this.#landed) {
      if (changes.length === 0 || entries.length === 0) continue;
      for (const { topic } of entries) {
        const reach = topics.get(topic);
        if (reach === undefined) continue;
        const [inKeys, inTopic] = [has(keys, number), has(reach, number)];
        if (inKeys !== undefined && inTopic !== undefined && inKeys !== inTopic) {
          throw new Error(`Call ${number} came in part: its keys ${inKeys ? 'are' : 'are not'} there, its record in ${topic} otherwise.`);
        }
      }
    }
  }

  /** From here on the store is what it shows: what did not survive never was. */
  settle(content: Content, topics: ReadonlyMap<string, readonly Shown[]>, groups: ReadonlyMap<string, number>): void {
    this.#groups = groups;
    this.#content = new Map(content);
    this.#entries = new Map([...topics].map(([topic, shown]) => [topic, [...shown]]));
    this.#writes = [];
  }

  get #landed(): Write[] {
    return this.#writes.filter(({ state }) => state !== 'refused');
  }

  #entriesOf(topic: string): Written[] {
    const settled = (this.#entries.get(topic) ?? []).map((entry): Written => ({ ...entry, number: 0, acknowledgement: 0 }));
    const called = this.#landed.flatMap(({ number, acknowledgement, entries, offsets }) =>
      entries.flatMap((entry, at): Written[] =>
        entry.topic === topic ? [{ ...entry, number, acknowledgement, offset: offsets[at] }] : [],
      ),
    );
    return [...settled, ...called];
  }
}

function isWithin(acknowledgement: number, floor: number): boolean {
  return acknowledgement > 0 && acknowledgement <= floor;
}

function has({ least, most }: Reach, number: number): boolean | undefined {
  if (number <= least) return true;
  return number > most ? false : undefined;
}

function checkShown(topic: string, written: readonly Written[], found: readonly Shown[], isCompacted: boolean): void {
  const byValue = new Map(found.map((entry) => [entry.value, entry]));
  const newest = new Map(written.map(({ key, value }) => [key, value]));
  for (const { key, value, offset } of written) {
    const shown = byValue.get(value);
    if (shown === undefined && (!isCompacted || newest.get(key) === value)) throw new Error(`${topic} lacks ${value} of key ${key}.`);
    if (shown !== undefined && offset !== undefined && shown.offset !== offset) {
      throw new Error(`${topic} shows ${value} at ${shown.offset}; it was acknowledged at ${offset}.`);
    }
  }
  const order = new Map(written.map(({ value }, at) => [value, at]));
  found.forEach(({ value, offset }, at) => {
    const before = found[at - 1];
    if (!isCompacted && offset !== at) throw new Error(`${topic} shows ${value} at ${offset}, where it has ${at} records before.`);
    if (!order.has(value)) throw new Error(`${topic} shows ${value}, which nobody wrote or which was refused.`);
    if (before !== undefined && (offset <= before.offset || (order.get(value) ?? 0) <= (order.get(before.value) ?? 0))) {
      throw new Error(`${topic} shows ${value} at ${offset} after ${before.value} at ${before.offset}.`);
    }
  });
}
