import type { Reason } from '../../../protocol/why.ts';
import type { Hold } from './blob-facts.ts';
import { reason } from './explanation.ts';
import { timeText, withArticle, withCapital } from './words.ts';

/** 'a snapshot at sequence 900, opened 3.2 s ago' */
export function holdText({ owner, sequence, ageMs }: Hold): string {
  return `${withArticle(owner)} at sequence ${sequence}, opened ${timeText(ageMs)} ago,`;
}

/** Who reads at a moment for which something is kept. `what` goes on with 'still …'. */
export function holdReason(hold: Hold, what: string, more: Reason['details'] = {}): Reason {
  const { owner, sequence, ageMs, stack } = hold;
  const code = owner === 'iterator' ? 'held-by-iterator' : 'held-by-snapshot';
  const details = { owner, sequence, ageMs, ...(stack !== undefined && { stack }), ...more };
  const track = stack === undefined ? ' Open with trackLeases to see where it was made.' : '';
  return reason(code, `${withCapital(holdText(hold))} still ${what}`, details, { remedy: `Close that ${owner}.${track}` });
}
