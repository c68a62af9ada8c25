import type { PhaseDesk } from '../../../actors/logs/phase-desk.ts';
import type { TicketContext } from '../../../actors/tickets/context.ts';

/** What a phase of a spec's own making needs of its compactor: whether it is to make way. */
export function phaseContext(desk: PhaseDesk, isYielding = false): TicketContext {
  const { promise } = Promise.withResolvers<never>();
  const none = () => promise;
  // Its other parts are for tickets of other kinds.
  return { desk, isYielding: () => isYielding, job: none, jobHere: none } as unknown as TicketContext;
}
