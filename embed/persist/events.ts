import type { AnyEventObject } from 'xstate';
import { codeOf } from '../../protocol/errors.ts';

const ERROR = 'xstate.error.actor.';

/** An error as data. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

export function storableError(error: Error): StoredError {
  const code = codeOf(error);
  return { name: error.name, message: error.message, ...(code !== undefined && { code }) };
}

/** An event that tells of the end of a child; it comes once, so it may not be lost while it waits. */
export function isEndOfChild({ type }: AnyEventObject): boolean {
  return type.startsWith('xstate.done.actor.') || type.startsWith(ERROR);
}

/** The child of whose failure the event tells; undefined: of none. */
export function failedChild({ type }: AnyEventObject): string | undefined {
  return type.startsWith(ERROR) ? type.slice(ERROR.length) : undefined;
}

/**
 * An event as its history shows it. Only its own properties are looked at: an error becomes data, an actor its name (as in
 * XState's persisted snapshots), a child's snapshot what is data of it.
 */
export function storableEvent(event: AnyEventObject): AnyEventObject {
  const isOfChild = event.type.startsWith('xstate.snapshot.');
  const entries = Object.entries(event).map(([name, value]): [string, unknown] => [
    name,
    isOfChild && name === 'snapshot' ? dataOf(value) : storableValue(value),
  ]);
  return Object.fromEntries(entries) as AnyEventObject;
}

function storableValue(value: unknown): unknown {
  if (value instanceof Error) return storableError(value);
  return isActor(value) ? { xstate$$type: 1, id: value.id } : value;
}

/** Of a snapshot that a child sent by `syncSnapshot`: a machine's has the machine, an observable's the subscription. */
function dataOf(snapshot: unknown): Record<string, unknown> {
  const { status, value, context, output } = snapshot as Readonly<Record<string, unknown>>;
  const data = { status, value, context: withoutActors(context), output };
  return Object.fromEntries(Object.entries(data).filter(([, one]) => one !== undefined));
}

/** With their names in their places, as in XState's persisted snapshots. */
export function withoutActors(value: unknown, above: readonly unknown[] = []): unknown {
  // What contains itself, and what is no data, is refused where it is encoded.
  if (typeof value !== 'object' || value === null || above.includes(value)) return value;
  if (isActor(value)) return storableValue(value);
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((one) => withoutActors(one, inside));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutActors(one, inside)]));
}

function isActor(value: unknown): value is { readonly id: unknown } {
  return typeof value === 'object' && value !== null && 'sessionId' in value && 'send' in value && 'id' in value;
}
