import type { TableMeta } from '../sst/table.ts';
import type { Garbage, Order, Version, VersionEdit } from './contract.ts';
import { EMPTY_EDIT } from './manifest-state.ts';
import { hullOf } from './ranges.ts';
import { missingInputs } from './version.ts';

export type OrderEdit = { readonly kind: 'edit'; readonly edit: VersionEdit } | { readonly kind: 'refused'; readonly reason: string };

/**
 * Inputs out, outputs in, at once. `inputs`: those that the tree still has, when parts of the order were committed
 * before. Refused when one of them is gone: someone else merged it, and its data is elsewhere.
 */
export function orderEdit(version: Version, order: Order, outputs: readonly TableMeta[], inputs = order.inputs): OrderEdit {
  const written = order.move ? inputs.map(({ table }) => table) : outputs;
  const result = replacement(version, inputs, order.target, written, order.move);
  return result.kind === 'refused' ? result : { kind: 'edit', edit: { ...result.edit, pointers: pointersAfter(order) } };
}

/** Part of an order, ahead of the rest: tables of the target out, outputs in; nothing above the target changes. */
export function partialEdit(version: Version, target: number, replaced: readonly TableMeta[], outputs: readonly TableMeta[]): OrderEdit {
  const inputs = replaced.map((table) => ({ place: target, table }));
  return replacement(version, inputs, target, outputs, false);
}

function replacement(version: Version, inputs: Order['inputs'], target: number, outputs: readonly TableMeta[], move: boolean): OrderEdit {
  const removed = inputs.map(({ place, table }) => ({ place, id: table.id }));
  const missing = missingInputs(version, { removed });
  if (missing.length > 0) return { kind: 'refused', reason: `its inputs ${missing.join(', ')} are gone` };
  const added = outputs.map((table) => ({ place: target, table }));
  const garbage = move ? [] : inputs.map(({ table }) => garbageOf(table));
  return { kind: 'edit', edit: { ...EMPTY_EDIT, added, removed, garbage } };
}

export function garbageOf({ id, blocks, bytes }: TableMeta): Garbage {
  return { id, blocks, bytes };
}

/** The next Regular order of a level goes on behind the last table that this one took from it. */
function pointersAfter(order: Order): NonNullable<VersionEdit['pointers']> {
  if (order.kind !== 'regular' || order.drop) return [];
  const level = Math.min(...order.inputs.map(({ place }) => (place === 'minor' ? order.target : place)));
  const taken = order.inputs.filter(({ place }) => place === level).map(({ table }) => table);
  return level === order.target ? [] : [{ level, key: hullOf(taken).maxKey }];
}
