import type { Reason } from '../../../protocol/why.ts';
import { errorDetails, reason } from './explanation.ts';
import type { Surroundings } from './surroundings.ts';
import { countText, timeText, withoutStop } from './words.ts';

/** What holds up everything in the engine: LevelDB is being opened again, or a Shutdown was seen. Pure. */
export function engineReasons({ recovery, closing }: Pick<Surroundings, 'recovery' | 'closing'>): Reason[] {
  return [...(recovery ? [recoveryReason(recovery)] : []), ...(closing ? [closingReason(closing)] : [])];
}

function recoveryReason({ isTrying, tries, error }: NonNullable<Surroundings['recovery']>): Reason {
  const why = error === undefined ? '' : `: ${withoutStop(error.message)}`;
  const details = { tries, ...(error && errorDetails(error)) };
  if (isTrying) return reason('recovering', `LevelDB is being opened again after a failed write${why}`, details);
  return reason('waiting-to-recover', `LevelDB could not be opened again, after ${countText(tries, 'try', 'tries')}${why}`, details, {
    remedy: 'See to the fault, mostly a full or failing disk; it is tried again by itself, every few seconds at the latest.',
  });
}

function closingReason({ deadlineMs }: NonNullable<Surroundings['closing']>): Reason {
  return reason(
    'shutting-down',
    `The engine is shutting down: what runs may go on for ${timeText(deadlineMs)} from then on, what waits is refused`,
    { deadlineMs },
    { remedy: 'A further Shutdown with a smaller deadlineMs makes haste.' },
  );
}
