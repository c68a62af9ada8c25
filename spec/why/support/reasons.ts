import type { ExecutionContext } from 'ava';
import { type Engine, type Explanation, nodeRuntime, type OpenOptions, type Reason } from '../../../index.ts';
import { TINY } from '../../support/engines.ts';
import type { Faults } from '../../support/faults.ts';
import { HeldEngine } from '../../support/held-engine.ts';

/** Every reason, each before those behind it. */
export function allReasons({ reasons }: Pick<Explanation, 'reasons'>): Reason[] {
  return reasons.flatMap((one) => [one, ...allReasons({ reasons: one.because ?? [] })]);
}

export function codesOf(explanation: Pick<Explanation, 'reasons'>): string[] {
  return allReasons(explanation).map(({ code }) => code);
}

/** The codes from a first reason to the last one behind it, where each has one cause: 'a > b > c'. */
export function chainOf({ reasons: [first] }: Pick<Explanation, 'reasons'>): string {
  const rest = first?.because === undefined ? '' : chainOf({ reasons: first.because });
  return `${first?.code ?? ''}${rest === '' ? '' : ` > ${rest}`}`;
}

export function reasonOf(explanation: Pick<Explanation, 'reasons'>, code: string): Reason {
  const found = allReasons(explanation).find((one) => one.code === code);
  if (found === undefined) throw new Error(`no '${code}' among ${codesOf(explanation).join(', ')}`);
  return found;
}

/** Threads whose jobs fail or wait when they are told to; minors are merged when a major is asked for. */
export function withFaults(faults: Faults, options: OpenOptions = {}): OpenOptions {
  return { ...TINY, workers: 2, minorTrigger: 64, runtime: nodeRuntime({ startThread: faults.start }), ...options };
}

export function tableIds(engine: Engine): number[] {
  const { minors, levels } = engine.shape();
  return [minors, ...levels].flat().map(({ id }) => id);
}

/** So many keys in a table of their own, or as deep as asked for. */
export async function tableOf(engine: Engine, count: number, { prefix = 'key', value = 'v'.repeat(60) } = {}): Promise<number[]> {
  await engine.kv.batch(
    Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: `${prefix}${String(i).padStart(5, '0')}`, value })),
  );
  const { outputBlobs } = await engine.ask({ type: 'MinorCompact' });
  return [...outputBlobs];
}

/** One compactor that stands still when it is told to; minors are merged when a major is asked for. Closed when the test has ended. */
export async function heldEngine(t: ExecutionContext, options: OpenOptions = {}): Promise<HeldEngine> {
  const held = await HeldEngine.open({ compactors: 1, minorTrigger: 64, ...options });
  t.teardown(async () => {
    held.release();
    await held.engine.close();
  });
  return held;
}
