import { EMPTY_CATALOG } from '../../../storage/log/catalog.ts';
import { type RangeDelete, RangeDeletes } from '../../../storage/range-deletes/range-deletes.ts';
import type { TableMeta } from '../../../storage/sst/table.ts';
import type { LeasedRange, Order, Place, Planned, PlanOptions, PlanView } from '../../../storage/tablet/contract.ts';
import { LEVELS } from '../../../storage/tablet/contract.ts';

/**
 * Layouts as text. Sections `minors:` (newest first), `level 5:`, `leased:`, and `pointer 5: f`; a table
 * is `id: min-max bytes`, then optionally `tombstones N`, `shadowed N` (and their `bytes N`), `entries N` (default: one a byte), `seq a-b`
 * (default: its id), `cleared N`, `held N`. `range deletes:` are `sequence: from-to`, from the first key to before the second (none:
 * to the last key). `snapshots: 10 30`.
 */
export function layout(text: string): PlanView {
  const minors: TableMeta[] = [];
  const levels: TableMeta[][] = Array.from({ length: LEVELS }, () => []);
  const leased: LeasedRange[] = [];
  const pointers: (Uint8Array | undefined)[] = Array.from({ length: LEVELS }, () => undefined);
  const rangeDeletes: RangeDelete[] = [];
  let snapshots: number[] = [];
  let section = '';
  for (const line of text
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const [head, rest] = splitAt(line, ':');
    if (head === 'snapshots') snapshots = rest.split(' ').map(Number);
    else if (head.startsWith('pointer')) pointers[Number(head.split(' ')[1])] = bytes(rest);
    else if (rest === '') section = head;
    else if (section === 'range deletes') rangeDeletes.push(rangeDeleteOf(Number(head), rest));
    else if (section === 'leased') leased.push({ place: placeOf(head), ...bounds(rest) });
    else (section === 'minors' ? minors : levels[Number(section.split(' ')[1])]).push(tableOf(Number(head), rest));
  }
  return {
    version: { number: 1, minors, levels, logs: EMPTY_CATALOG, rangeDeletes: RangeDeletes.of(rangeDeletes) },
    ...{ leased, pointers, snapshots },
  };
}

/** Limits small enough for layouts by hand: tables of 100 bytes, a base level of 400. */
export const SMALL: PlanOptions = { minorTrigger: 4, tableBytes: 100, baseLevelBytes: 400, levelFactor: 10 };

/** `minor 1 2 + level 6 7 8 -> level 6 a-z, drops tombstones`; with `move` instead of `->` when only places change. */
export function orderText(order: Order | undefined): string {
  if (order === undefined) return 'nothing';
  const places = new Map<Place, number[]>();
  for (const { place, table } of order.inputs) places.set(place, [...(places.get(place) ?? []), table.id]);
  const inputs = [...places].map(([place, ids]) => `${place === 'minor' ? 'minors' : `level ${place}:`} ${ids.join(' ')}`).join(' + ');
  if (order.drop) return `drop: ${inputs}`;
  const range = `${text(order.minKey)}-${text(order.maxKey)}`;
  return `${order.kind}: ${inputs} ${order.move ? 'move' : '->'} level ${order.target} ${range}${order.dropTombstones ? ', drops tombstones' : ''}`;
}

export function plannedText({ order, notPicked }: Planned): string {
  return [orderText(order), ...notPicked.map((reason) => `not ${reason}`)].join('\n');
}

export function bytes(key: string): Uint8Array {
  return new TextEncoder().encode(key);
}

export function text(key: Uint8Array | undefined): string {
  return key === undefined ? '' : new TextDecoder().decode(key);
}

export function tableOf(id: number, description: string): TableMeta {
  const [range, size, ...extras] = description.split(' ');
  const extra = new Map<string, string>();
  for (let i = 0; i < extras.length; i += 2) extra.set(extras[i], extras[i + 1]);
  const [minSeq, maxSeq] = (extra.get('seq') ?? `${id}-${id}`).split('-').map(Number);
  return {
    id,
    blocks: 2,
    bytes: Number(size),
    entries: Number(extra.get('entries') ?? size),
    tombstones: Number(extra.get('tombstones') ?? 0),
    ...(extra.has('shadowed') && { shadowed: Number(extra.get('shadowed')) }),
    ...(extra.has('bytes') && { shadowedBytes: Number(extra.get('bytes')) }),
    ...(extra.has('held') && { heldBetween: Number(extra.get('held')) }),
    ...(extra.has('cleared') && { clearedTo: Number(extra.get('cleared')) }),
    ...bounds(range),
    minSeq,
    maxSeq,
  };
}

function rangeDeleteOf(seq: number, range: string): RangeDelete {
  const [start, end = ''] = range.split('-');
  return { start: bytes(start), ...(end !== '' && { end: bytes(end) }), seq };
}

function bounds(range: string): { minKey: Uint8Array; maxKey: Uint8Array } {
  const [min, max = min] = range.split('-');
  return { minKey: bytes(min), maxKey: bytes(max) };
}

function placeOf(head: string): Place {
  return head.startsWith('minor') ? 'minor' : Number(head.split(' ')[1]);
}

function splitAt(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark);
  return [line.slice(0, at), line.slice(at + 1).trim()];
}
