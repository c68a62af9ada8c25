import type { MessageKey } from '../../protocol/messages.ts';
import type { StoreShape, TableShapeInfo } from '../../protocol/shape.ts';
import type { ShapeView } from '../frames.ts';

const MOST_IN_A_LEVEL = 300;
const MOST_OTHERS = 200;
const MOST_KEY_CHARACTERS = 96;

/** What a page can draw: of long lists the tables at even distances, and of long keys the beginning. */
export function shapeView({ version, minors, levels, orders, garbage, leases }: StoreShape): ShapeView {
  const lists = [minors, ...levels];
  const [shownMinors = [], ...shownLevels] = lists.map((tables) => evenly(tables).map(shortened));
  return {
    version,
    minors: shownMinors,
    levels: shownLevels,
    orders: orders
      .slice(0, MOST_OTHERS)
      .map(shortened)
      .map((order) => ({ ...order, inputs: order.inputs.slice(0, MOST_IN_A_LEVEL) })),
    garbage: garbage.slice(0, MOST_OTHERS),
    leases: leases.slice(0, MOST_OTHERS),
    leftOut: lists.map((tables) => Math.max(0, tables.length - MOST_IN_A_LEVEL)),
  };
}

/** The first and the last are always among them. */
function evenly(tables: readonly TableShapeInfo[]): readonly TableShapeInfo[] {
  if (tables.length <= MOST_IN_A_LEVEL) return tables;
  const step = (tables.length - 1) / (MOST_IN_A_LEVEL - 1);
  return Array.from({ length: MOST_IN_A_LEVEL }, (_, at) => tables[Math.round(at * step)]);
}

function shortened<T extends { readonly minKey: MessageKey; readonly maxKey: MessageKey }>(ranged: T): T {
  return { ...ranged, minKey: shortKey(ranged.minKey), maxKey: shortKey(ranged.maxKey) };
}

/** Base64 stays Base64, because it is cut where four characters end. */
function shortKey(key: MessageKey): MessageKey {
  if (typeof key === 'string') return key.length <= MOST_KEY_CHARACTERS ? key : `${key.slice(0, MOST_KEY_CHARACTERS)}…`;
  return key.base64.length <= MOST_KEY_CHARACTERS ? key : { base64: key.base64.slice(0, MOST_KEY_CHARACTERS) };
}
