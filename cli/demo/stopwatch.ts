import { PHASES, type Phase } from './summary.ts';

/** How long each phase took; one ends where the next begins. */
export class Stopwatch {
  readonly #onPhase: (phase: Phase) => void;
  readonly #start = performance.now();
  readonly #ms = new Map<Phase, number>();
  #current: { phase: Phase; since: number } | undefined;

  constructor(onPhase: (phase: Phase) => void) {
    this.#onPhase = onPhase;
  }

  begin(phase: Phase): void {
    this.stop();
    this.#current = { phase, since: performance.now() };
    this.#onPhase(phase);
  }

  stop(): void {
    if (this.#current === undefined) return;
    const { phase, since } = this.#current;
    this.#ms.set(phase, (this.#ms.get(phase) ?? 0) + performance.now() - since);
    this.#current = undefined;
  }

  of(phase: Phase): number {
    return this.#ms.get(phase) ?? 0;
  }

  get phaseMs(): Record<Phase, number> {
    const entries = PHASES.map((phase) => [phase, this.of(phase)]);
    return Object.fromEntries(entries) as Record<Phase, number>; // every phase is in PHASES
  }

  get totalMs(): number {
    return performance.now() - this.#start;
  }
}
