/** What everybody inherits from. */
const SHARED: readonly (readonly [name: string, prototype: object])[] = [
  ['Object', Object.prototype],
  ['Array', Array.prototype],
  ['Function', Function.prototype],
  ['String', String.prototype],
  ['Map', Map.prototype],
  ['Uint8Array', Uint8Array.prototype],
  ['Error', Error.prototype],
];
const CLEAN = SHARED.map(([, prototype]) => new Set(Reflect.ownKeys(prototype)));

/** Properties of shared prototypes that were not there when this module was loaded. */
export function pollution(): string[] {
  return SHARED.flatMap(([name, prototype], i) =>
    Reflect.ownKeys(prototype)
      .filter((key) => !CLEAN[i].has(key))
      .map((key) => `${name}.prototype.${String(key)}`),
  );
}
