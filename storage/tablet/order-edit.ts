import type { TableMeta } from '../sst/table.ts';
import type { Garbage, Order, Version, VersionEdit } from './contract.ts';
import { EMPTY_EDIT } from './manifest-state.ts';
import { hullOf } from './ranges.ts';
import { missingInputs } from './version.ts';

export type OrderEdit = { readonly kind: 'edit'; readonly edit: VersionEdit } | { readonly kind: 'refused'; readonly reason: string };

/** Inputs out, outputs in, at once. Refused when an input is gone: someone else merged it, and its data is elsewhere. */
export function orderEdit(version: Version, order: Order, outputs: readonly TableMeta[]): OrderEdit {
  const removed = order.inputs.map(({ place, table }) => ({ place, id: table.id }));
  const missing = missingInputs(version, { removed });
  if (missing.length > 0) return { kind: 'refused', reason: `its inputs ${missing.join(', ')} are gone` };
  const written = order.move ? order.inputs.map(({ table }) => table) : outputs;
  const added = written.map((table) => ({ place: order.target, table }));
  const garbage = order.move ? [] : order.inputs.map(({ table }) => garbageOf(table));
  return { kind: 'edit', edit: { ...EMPTY_EDIT, added, removed, garbage, pointers: pointersAfter(order) } };
}

export function garbageOf({ id, blocks, bytes }: TableMeta): Garbage {
  return { id, blocks, bytes };
}

/** The next Regular order of a level goes on behind the last table that this one took from it. */
function pointersAfter(order: Order): NonNullable<VersionEdit['pointers']> {
  if (order.kind !== 'regular') return [];
  const level = Math.min(...order.inputs.map(({ place }) => (place === 'minor' ? order.target : place)));
  const taken = order.inputs.filter(({ place }) => place === level).map(({ table }) => table);
  return level === order.target ? [] : [{ level, key: hullOf(taken).maxKey }];
}
