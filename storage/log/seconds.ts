/**
 * A record's time is stored as a double of seconds since 1970 (log-format.md 2.2): whole seconds plus nanoseconds / 1e9,
 * negated before 1970. From milliseconds this gives the same bits as streambed does.
 */
export function secondsOf(milliseconds: number): number {
  const magnitude = Math.abs(milliseconds);
  const whole = Math.floor(magnitude / 1000);
  const seconds = whole + Math.round((magnitude - whole * 1000) * 1e6) / 1e9;
  return milliseconds < 0 ? -seconds : seconds;
}

/**
 * Rounded, never floored: a floor gives the wrong millisecond for 37 of 100 times of 2023. The fraction is taken by
 * itself, which makes it right for every date that there is, also where a product of everything would be rounded twice.
 */
export function millisecondsOf(seconds: number): number {
  const whole = Math.trunc(seconds);
  // Plus zero: there is no negative zero among dates.
  return whole * 1000 + Math.round((seconds - whole) * 1000) + 0;
}

/** Milliseconds either side of 1970: the dates that JavaScript knows. Streambed's reader panics a little beyond. */
export const MOST_MILLISECONDS = 8.64e15;
