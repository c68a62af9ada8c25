import { open } from '../../index.ts';
import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Fault, FaultRule } from '../../testing/faults/rules.ts';
import { LENIENT, LOCATION } from './builder.ts';
import { Machine } from './machine.ts';
import { readAll, WrongData } from './read-all.ts';
import type { Victim } from './try-damage.ts';

export const OPENING_FAULTS: readonly Fault[] = [
  { kind: 'error', when: 'before', code: 'EIO' },
  { kind: 'error', when: 'after', code: 'EIO' },
  { kind: 'short', code: 'ENOSPC' },
  { kind: 'flip' },
];

/** What opening may say when an operation fails that was sound before and is sound afterwards. */
const CODES: ReadonlySet<unknown> = new Set([
  ...['LITHIFY_BLOB_STORE', 'LITHIFY_WAL', 'LITHIFY_DISK_FULL', 'LITHIFY_CORRUPTION'],
  // The directory cannot be had.
  'LITHIFY_INVALID_ARGUMENT',
]);

/**
 * Opens the store while the operation that a rule picks goes wrong once: it is refused with a code, or opened; and the next opening
 * finds everything there. undefined: there was no such operation.
 */
export async function faultWhileOpening(victim: Victim, rule: FaultRule, seed = 1): Promise<'refused' | 'opened' | undefined> {
  const disk = victim.disk.image();
  const machine = new Machine(disk, { seed });
  machine.rules.add({ ...rule, times: 1 });
  try {
    const outcome = await outcomeOf(machine);
    if (machine.rules.struck === 0) return undefined;
    await expectAll(new Machine(disk), victim);
    return outcome;
  } catch (error) {
    throw new Error(`${rule.fault.kind} at operation ${rule.from} of opening, seed ${seed}: ${messageOf(error)}`, { cause: error });
  }
}

async function outcomeOf(machine: Machine): Promise<'refused' | 'opened'> {
  try {
    const engine = await machine.passTimeUntil(open(LOCATION, { ...LENIENT, runtime: machine.runtime }));
    await machine.passTimeUntil(engine.close());
    return 'opened';
  } catch (error) {
    if (CODES.has(codeOf(error))) return 'refused';
    throw error;
  }
}

async function expectAll(machine: Machine, { truth }: Victim): Promise<void> {
  const engine = await machine.settled(open(LOCATION, { ...LENIENT, runtime: machine.runtime }));
  const [refusal] = await machine.settled(readAll(engine, truth));
  if (refusal !== undefined) throw new WrongData(`${refusal.what} is refused: ${messageOf(refusal.error)}`, { cause: refusal.error });
  await machine.settled(engine.close());
}
