import type { BlobId } from '../../protocol/messages.ts';
import type { Garbage, Version } from './contract.ts';

/** Keeps everything that a version names on disk until it is released. */
export interface VersionLease {
  readonly version: Version;
  readonly owner: string;
  /** Clock time of `acquire`, ms. */
  readonly since: number;
  /** Releasing twice is fine. */
  release(): void;
}

export interface LeaseStats {
  readonly leases: readonly { readonly owner: string; readonly ageMs: number; readonly version: number }[];
  readonly pinnedBlobs: number;
  readonly pinnedBytes: number;
}

/** A lease with the garbage that it sees, which stays at least as long as it; others may see the same. */
export interface Holder {
  readonly owner: string;
  readonly ageMs: number;
  readonly version: number;
  readonly pinnedBlobs: number;
  readonly pinnedBytes: number;
}

/** Garbage and the versions that can see it: from `addedAt` to before `obsoleteAt`. */
export interface Obsolete extends Garbage {
  readonly addedAt: number;
  readonly obsoleteAt: number;
}

/**
 * Who reads which version, and therefore which garbage must stay for now. Explicit, never by finalizers: a lease that
 * is forgotten shows in the stats with its owner and age.
 */
export class VersionLeases {
  readonly #now: () => number;
  readonly #onDeletable: (blobs: readonly Garbage[]) => void;
  readonly #leases = new Set<Lease>();
  /** How many leases each leased version has. */
  readonly #counts = new Map<number, number>();
  readonly #garbage = new Map<BlobId, Obsolete>();
  /** The part of the garbage that some lease can see; small, and looked through on release only. */
  readonly #pinned = new Set<Obsolete>();

  /** `onDeletable` hears of blobs whose last lease just let go; not of those that nobody held. */
  constructor(now: () => number, onDeletable: (blobs: readonly Garbage[]) => void = () => {}) {
    this.#now = now;
    this.#onDeletable = onDeletable;
  }

  /** The current version, or one that is leased already: of any other, blobs may be gone. */
  acquire(version: Version, owner: string): VersionLease {
    const lease = new Lease(version, owner, this.#now(), this);
    this.#leases.add(lease);
    this.#counts.set(version.number, (this.#counts.get(version.number) ?? 0) + 1);
    return lease;
  }

  /** Called by the lease itself. */
  released(lease: Lease): void {
    if (!this.#leases.delete(lease)) return;
    const { number } = lease.version;
    const left = (this.#counts.get(number) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(number, left);
      return;
    }
    this.#counts.delete(number);
    if (this.#pinned.size > 0) this.#unpin();
  }

  /** The blob was in versions `addedAt` to before `obsoleteAt`; equal when it never was in any. */
  retire(garbage: Garbage, addedAt: number, obsoleteAt: number): void {
    const obsolete = { ...garbage, addedAt, obsoleteAt };
    this.#garbage.set(garbage.id, obsolete);
    if (this.#isSeen(obsolete)) this.#pinned.add(obsolete);
  }

  /** Deleted for good. */
  forget(ids: readonly BlobId[]): void {
    for (const id of ids) {
      const obsolete = this.#garbage.get(id);
      if (obsolete === undefined) continue;
      this.#garbage.delete(id);
      this.#pinned.delete(obsolete);
    }
  }

  retainOnly(ids: ReadonlySet<BlobId>): void {
    this.forget([...this.#garbage.keys()].filter((id) => !ids.has(id)));
  }

  has(id: BlobId): boolean {
    return this.#garbage.has(id);
  }

  isPinned(id: BlobId): boolean {
    const obsolete = this.#garbage.get(id);
    return obsolete !== undefined && this.#pinned.has(obsolete);
  }

  /** Garbage that no leased version can see, in the order in which it became garbage. */
  deletable(): Garbage[] {
    return [...this.#garbage.values()].filter((one) => !this.#pinned.has(one)).map(plain);
  }

  pinned(): Garbage[] {
    return [...this.#pinned].map(plain);
  }

  /** undefined: it is no garbage. */
  obsolete(id: BlobId): Obsolete | undefined {
    return this.#garbage.get(id);
  }

  /** In the order in which they were taken. */
  holders(): Holder[] {
    const now = this.#now();
    const seen = new Map([...this.#counts.keys()].map((version) => [version, this.#seenAt(version)]));
    return [...this.#leases].map(({ owner, since, version: { number: version } }) => {
      const { pinnedBlobs = 0, pinnedBytes = 0 } = seen.get(version) ?? {};
      return { owner, ageMs: now - since, version, pinnedBlobs, pinnedBytes };
    });
  }

  stats(): LeaseStats {
    const now = this.#now();
    const leases = [...this.#leases].map(({ owner, since, version }) => ({ owner, ageMs: now - since, version: version.number }));
    let pinnedBytes = 0;
    for (const { bytes } of this.#pinned) pinnedBytes += bytes;
    return { leases, pinnedBlobs: this.#pinned.size, pinnedBytes };
  }

  #unpin(): void {
    const free = [...this.#pinned].filter((one) => !this.#isSeen(one));
    if (free.length === 0) return;
    for (const one of free) this.#pinned.delete(one);
    this.#onDeletable(free.map(plain));
  }

  #isSeen(obsolete: Obsolete): boolean {
    for (const number of this.#counts.keys()) if (sees(number, obsolete)) return true;
    return false;
  }

  #seenAt(version: number): Pick<Holder, 'pinnedBlobs' | 'pinnedBytes'> {
    const seen = [...this.#pinned].filter((one) => sees(version, one));
    return { pinnedBlobs: seen.length, pinnedBytes: seen.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}

/** Can who reads this version see the blob? */
export function sees(version: number, { addedAt, obsoleteAt }: Pick<Obsolete, 'addedAt' | 'obsoleteAt'>): boolean {
  return version >= addedAt && version < obsoleteAt;
}

class Lease implements VersionLease {
  readonly version: Version;
  readonly owner: string;
  readonly since: number;
  readonly #leases: VersionLeases;

  constructor(version: Version, owner: string, since: number, leases: VersionLeases) {
    this.version = version;
    this.owner = owner;
    this.since = since;
    this.#leases = leases;
  }

  release(): void {
    this.#leases.released(this);
  }
}

function plain({ id, blocks, bytes }: Obsolete): Garbage {
  return { id, blocks, bytes };
}
