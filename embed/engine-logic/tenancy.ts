import type { Files, Runtime } from '../../protocol/runtime.ts';

/** Everybody who opens, has or closes an engine through the same lock: only they can meet each other there. */
const TENANTS = new WeakMap<Runtime['lock'], Set<Tenancy>>();

/** One actor's time at a location, from before it opens the engine until everything is let go. */
export class Tenancy {
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  readonly #location: string;
  readonly #files: Files;
  /** All of this lock. */
  readonly #tenants: Set<Tenancy>;
  /** Resolves when it is to end. */
  readonly #leaving: Promise<void>;
  readonly #leave: () => void;
  readonly #end: () => void;
  #isLeaving = false;

  constructor(location: string, { files, lock }: Pick<Runtime, 'files' | 'lock'>) {
    this.#location = location;
    this.#files = files;
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<void>());
    ({ promise: this.#leaving, resolve: this.#leave } = Promise.withResolvers<void>());
    this.#tenants = tenantsOf(lock);
    this.#tenants.add(this);
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#leave();
  }

  end(): void {
    this.leave();
    this.#tenants.delete(this);
    this.#end();
  }

  others(): readonly Tenancy[] {
    return [...this.#tenants].filter((one) => one !== this);
  }

  /** Waits until those of them who are leaving this place have left, or until this one is to leave as well. false: nobody was. */
  async outlast(others: readonly Tenancy[]): Promise<boolean> {
    const leaving = others.filter(({ isLeaving }) => isLeaving);
    if (leaving.length === 0) return false;
    const here = await placeOf(this.#files, this.#location);
    const there = await atPlace(leaving, here);
    // One that is to leave waits no longer, so nobody waits for those who only wait.
    await Promise.race([Promise.all(there.map(({ ended }) => ended)), this.#leaving]);
    return there.length > 0;
  }

  async isAt(place: string): Promise<boolean> {
    return (await placeOf(this.#files, this.#location)) === place;
  }
}

/** Resolves when everybody has left who is at this location now. */
export async function vacated(location: string, { files, lock }: Pick<Runtime, 'files' | 'lock'>): Promise<void> {
  const tenants = [...tenantsOf(lock)];
  const there = await atPlace(tenants, await placeOf(files, location));
  await Promise.all(there.map(({ ended }) => ended));
}

function tenantsOf(lock: Runtime['lock']): Set<Tenancy> {
  const tenants = TENANTS.get(lock) ?? new Set();
  TENANTS.set(lock, tenants);
  return tenants;
}

async function atPlace(tenants: readonly Tenancy[], place: string): Promise<Tenancy[]> {
  const are = await Promise.all(tenants.map((one) => one.isAt(place)));
  return tenants.filter((_, i) => are[i]);
}

/** One directory has one place, however it is spelled; one that is not there, or is in memory, is what it is called. */
async function placeOf(files: Files, location: string): Promise<string> {
  return files.realPath(location).catch(() => location);
}
