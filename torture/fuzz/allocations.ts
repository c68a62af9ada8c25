import { type Allowance, Unbounded } from './meter.ts';

const WATCHED = ['Uint8Array', 'Uint32Array', 'Int32Array', 'Float64Array', 'ArrayBuffer', 'SharedArrayBuffer', 'Array'] as const;
const WIDTHS: Readonly<Record<(typeof WATCHED)[number], number>> = {
  Uint8Array: 1,
  Uint32Array: 4,
  Int32Array: 4,
  Float64Array: 8,
  ArrayBuffer: 1,
  SharedArrayBuffer: 1,
  Array: 8,
};

/**
 * Runs it with constructors that count: `new Uint8Array(n)` and its like throw before they take more than is allowed, all
 * of them together. What is made from something that is there (a slice, a list) is not counted: it is no larger than that.
 */
export async function withinMemory<T>({ allocated: most }: Allowance, run: () => T | Promise<T>): Promise<T> {
  let taken = 0;
  const take = (bytes: number): void => {
    taken += bytes;
    check();
  };
  const check = (): void => {
    if (taken > most) throw new Unbounded(`${taken} bytes allocated, where ${most} are allowed`);
  };
  const restore = WATCHED.map((name) => watch(name, (count) => take(count * WIDTHS[name])));
  try {
    const result = await run();
    // Somebody may have swallowed what was thrown there.
    check();
    return result;
  } finally {
    for (const back of restore) back();
  }
}

function watch(name: (typeof WATCHED)[number], take: (count: number) => void): () => void {
  const original = globalThis[name];
  const counting: typeof original = new Proxy(original, {
    construct(target, args, newTarget): object {
      if (typeof args[0] === 'number') take(args[0]);
      return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
    },
  });
  Reflect.set(globalThis, name, counting);
  return () => Reflect.set(globalThis, name, original);
}
