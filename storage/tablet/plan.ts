import type { Order, Planned, PlanOptions, PlanView } from './contract.ts';
import { clearedCandidates } from './plan-cleared.ts';
import { minorCandidate } from './plan-minor.ts';
import { regularCandidates } from './plan-regular.ts';
import { settledCandidates } from './plan-settled.ts';
import { weigher } from './weights.ts';

/** Something that may be worth an order. */
export interface Candidate {
  readonly name: string;
  /** How far over its limit it is: 1 is just at it. What is never urgent is ranked below 1. */
  readonly urgency: number;
  /** What to say when `urgency` is below 1; absent: it is worth doing all the same. */
  readonly tooLittle?: string;
  /** The order, or why there cannot be one now; undefined: nothing to do after all. */
  readonly find: () => Order | string | undefined;
}

/**
 * The most urgent order, or none, with the reason; and for everything that looked like work, why it was not picked.
 * Pure: the same view gives the same order. Orders never overlap what running orders hold, neither in what they read
 * nor in what they write; repeated planning and committing comes to an end by itself.
 */
export function plan(view: PlanView, options: PlanOptions): Planned {
  const notPicked: string[] = [];
  let order: Order | undefined;
  for (const candidate of candidates(view, options)) {
    const reason = order === undefined ? tryCandidate(candidate) : setAside(candidate);
    if (reason === undefined) continue;
    if (typeof reason === 'string') notPicked.push(`${candidate.name}: ${reason}`);
    else order = reason;
  }
  return { ...(order && { order }), notPicked };
}

function candidates(view: PlanView, options: PlanOptions): Candidate[] {
  const weigh = weigher(view.version);
  const minor = minorCandidate(view, options, weigh);
  const all = [...(minor ? [minor] : []), ...regularCandidates(view, options, weigh), ...settledCandidates(view, options)];
  all.push(...clearedCandidates(view, options, weigh));
  return all.sort((a, b) => b.urgency - a.urgency);
}

function tryCandidate(candidate: Candidate): Order | string | undefined {
  return candidate.tooLittle !== undefined && candidate.urgency < 1 ? candidate.tooLittle : candidate.find();
}

function setAside(candidate: Candidate): string | undefined {
  if (candidate.tooLittle === undefined) return undefined;
  return candidate.urgency < 1 ? candidate.tooLittle : 'less urgent';
}
