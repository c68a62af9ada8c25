import type { FaultRule, Simulation } from '../../testing/index.ts';

/**
 * What goes wrong in one life: now and then, or for a while. Reads of what is on disk do not lie here (torture/damage does
 * that); calls fail, before or after they took effect, come short, or take long.
 */
export function drawFaults({ random, scheduler }: Simulation): FaultRule[] {
  const often = random.pick([0.002, 0.01, 0.05]);
  const end = scheduler.clock.now() + random.below(20_000);
  const until = () => scheduler.clock.now() > end;
  const from = random.below(400);
  const kinds: FaultRule[] = [
    { on: 'append', probability: often, until, fault: { kind: 'short', code: 'EIO' } },
    { on: 'append', from, times: 1 + random.below(5), fault: { kind: 'error', when: 'before', code: 'ENOSPC' } },
    { on: 'sync', from: random.below(200), times: 1, fault: { kind: 'error', when: 'before', code: 'EIO' } },
    { on: ['create', 'remove', 'replace', 'truncate'], probability: often, until, fault: { kind: 'error', when: 'before', code: 'EIO' } },
    { on: 'write', from, times: 1, fault: { kind: 'error', when: 'before', code: 'EIO' } },
    { on: 'write', from, times: 1, fault: { kind: 'error', when: 'after', code: 'EIO' } },
    {
      on: 'write',
      prefix: '/store/blobs',
      probability: 4 * often,
      until,
      fault: { kind: 'error', when: random.pick(['before', 'after']), code: 'EIO' },
    },
    { on: 'delete', from: random.below(40), times: 1, fault: { kind: 'error', when: random.pick(['before', 'after']), code: 'EIO' } },
    {
      on: ['write', 'append'],
      afterBytes: 20_000 + random.below(100_000),
      until,
      fault: { kind: 'error', when: 'before', code: 'ENOSPC' },
    },
    { on: ['get', 'list', 'open', 'read'], probability: often / 4, until, fault: { kind: 'error', when: 'before', code: 'EIO' } },
    { probability: often, fault: { kind: 'delay', ms: random.below(2_000) } },
  ];
  return kinds.filter(() => random.chance(0.25));
}
