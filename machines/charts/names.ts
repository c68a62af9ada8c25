/** A function written where it stands gets one of these from JavaScript, or nothing, and neither says what it does. */
const PROPERTIES = new Set(['actions', 'context', 'entry', 'exit', 'guard', 'input', 'output', 'params', 'src', '']);

/**
 * What people call an action, a guard, an actor or any other piece of a machine's config: the name it is provided under,
 * or what an inline one can be known by. `place` says what it is, such as 'guard'.
 */
export function nameOf(piece: unknown, place: string): string {
  if (typeof piece === 'string') return piece;
  if (typeof piece === 'function') return nameOfFunction(piece, place);
  return textAt(piece, 'type') ?? textAt(piece, 'id') ?? inline(place);
}

/** Actions that XState makes, such as `assign`, have a type; guards that it makes, such as `and`, have guards. */
function nameOfFunction(made: object & { readonly name: string }, place: string): string {
  if ('guards' in made && Array.isArray(made.guards))
    return `${made.name}(${made.guards.map((guard) => nameOf(guard, 'guard')).join(', ')})`;
  return textAt(made, 'type') ?? (PROPERTIES.has(made.name) ? inline(place) : made.name);
}

function inline(place: string): string {
  return `inline ${place}`;
}

function textAt(piece: unknown, key: string): string | undefined {
  const isObject = (typeof piece === 'object' && piece !== null) || typeof piece === 'function';
  const value: unknown = isObject ? Reflect.get(piece, key) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Where XState takes one or many. */
export function listOf(given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given];
}
