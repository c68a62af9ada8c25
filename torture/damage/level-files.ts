import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../../testing/random.ts';
import type { Attack, Counts } from '../attack.ts';
import { filesOf, harm } from './level-files-harm.ts';
import { judgeOpening, judgeRepair, NotHeld, type Seen, savedBy } from './level-files-judge.ts';
import { anyDamage, type Damage, describe, type StoreFile } from './level-files-plan.ts';
import type { Outcome, Task } from './level-files-probe.ts';
import { buildStore, type Truth } from './level-files-store.ts';

const PROBE = fileURLToPath(new URL('./level-files-probe.ts', import.meta.url));
/** Of one store, which takes a tenth of a second; at the lowest priority on a busy machine it took more than half a minute. */
const DEADLINE_MS = 90_000;
const DAMAGES_A_ROUND = 12;

/** Files of a real, closed store are damaged, LevelDB's above all; each store is opened, read, verified and repaired. */
export const LEVEL_FILES: Attack = {
  name: 'level-files',
  promises: [6],
  round: (seed, report) =>
    damageStore(seed, (files, random) => Array.from({ length: DAMAGES_A_ROUND }, () => anyDamage(files, random)), report),
};

type Choose = (files: readonly StoreFile[], random: Random) => readonly Damage[];

/** Builds a store, and tries each of the damages that are chosen on a copy of its own. */
export async function damageStore(seed: number, choose: Choose, report: (counts: Counts) => void): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lithify-level-files-'));
  const probe = new Probe();
  try {
    const store = join(directory, 'store');
    const truth = await buildStore(store);
    const bench = new Bench(directory, truth, probe);
    for (const damage of choose(await filesOf(store), new Random(seed).fork('damages'))) {
      report(await bench.examine(damage).catch((error) => Promise.reject(named(seed, damage, error))));
    }
  } finally {
    await probe.end();
    await rm(directory, { recursive: true, force: true });
  }
}

function named(seed: number, damage: Damage, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`level-files, seed ${seed}: ${describe(damage)}: ${why}`, { cause: error });
}

/** Where a damaged copy is looked at: first by a repair, which only reads, then by opening it, and once more by a repair. */
class Bench {
  readonly #directory: string;
  readonly #truth: Truth;
  readonly #probe: Probe;

  constructor(directory: string, truth: Truth, probe: Probe) {
    this.#directory = directory;
    this.#truth = truth;
    this.#probe = probe;
  }

  async examine(damage: Damage): Promise<Counts> {
    const location = join(this.#directory, 'damaged');
    await rm(location, { recursive: true, force: true });
    await cp(join(this.#directory, 'store'), location, { recursive: true });
    await harm(location, damage);
    const before = await this.#repair(location, damage);
    const keys = [...this.#truth.written.keys.keys()];
    const opening = judgeOpening(this.#truth, damage, await this.#probe.ask({ kind: 'open', location, keys }));
    if (opening === 'harmless' || opening === 'torn tail') return { damages: 1, [opening]: 1 };
    const after = await this.#repair(location, damage);
    // LevelDB drops what it cannot read of its own log the moment it is opened.
    if (after < before && /\/\d+\.log$/.test(damage.file)) return { damages: 1, [opening]: 1, repaired: 1, lessAfterOpening: 1 };
    if (after < before) throw new NotHeld(`a repair saves ${after} entries after the store was opened, and ${before} before`);
    return { damages: 1, [opening]: 1, repaired: 1 };
  }

  /** How much it saved. */
  async #repair(location: string, damage: Damage): Promise<number> {
    const target = join(this.#directory, 'repaired');
    await rm(target, { recursive: true, force: true });
    const seen = await this.#probe.ask({ kind: 'repair', location, target });
    judgeRepair(this.#truth, damage, seen);
    return savedBy(seen);
  }
}

/** The process that looks at stores; a new one takes the place of one that LevelDB has aborted, or that hangs. */
class Probe {
  #child: ChildProcess | undefined;

  async ask(task: Task): Promise<Seen> {
    const child = (this.#child ??= startChild());
    const { promise, resolve } = Promise.withResolvers<Seen>();
    const onMessage = (outcome: Outcome) => resolve(outcome);
    const onExit = (_: unknown, signal: string | null) => resolve({ kind: 'aborted', signal: String(signal) });
    const timer = setTimeout(() => resolve({ kind: 'hung' }), DEADLINE_MS);
    child.once('message', onMessage).once('exit', onExit);
    child.send(task);
    const seen = await promise;
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onExit);
    if (seen.kind === 'hung' || seen.kind === 'aborted') await this.end();
    return seen;
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function startChild(): ChildProcess {
  const child = fork(PROBE, [], {
    execArgv: ['--conditions=lithify-source'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

// Who is told to stop must not leave its children running.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
