/**
 * Times as text, `2023-11-14T22:13:20.123Z`: always UTC, milliseconds only where there are some. Years beyond 9999 or
 * before 0 have a sign, as in the JSON of streambed (chrono). Here because `Date` belongs to the platform.
 */
const MS_PER_DAY = 86_400_000;
/** 400 years, which is when the calendar repeats. */
const DAYS_PER_ERA = 146_097;
/** From 0000-03-01 to 1970-01-01: years that begin in March have their leap day last. */
const EPOCH_DAYS = 719_468;

export function formatTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / MS_PER_DAY);
  const inDay = milliseconds - day * MS_PER_DAY;
  const [year, month, date] = civilOf(day);
  const sign = year > 9999 ? '+' : year < 0 ? '-' : '';
  const clock = [3_600_000, 60_000, 1000].map((unit, i) => padded(Math.floor(inDay / unit) % (i === 0 ? 24 : 60), 2)).join(':');
  const fraction = inDay % 1000;
  return `${sign}${padded(Math.abs(year), 4)}-${padded(month, 2)}-${padded(date, 2)}T${clock}${fraction === 0 ? '' : `.${padded(fraction, 3)}`}Z`;
}

const PATTERN = /^([+-]?\d{4,6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Milliseconds since 1970, rounded; undefined: the text is no such time. */
export function parseTime(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [year, month, date, hour, minute, second] = match.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  // 60: a leap second, which is the first of the next minute here.
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const day = dayOf(year, month, date);
  const [sameYear, sameMonth, sameDate] = civilOf(day);
  if (year !== sameYear || month !== sameMonth || date !== sameDate) return undefined;
  const zone = (match[8] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const fraction = Math.round(Number(match[7] ?? 0) * 1000);
  return day * MS_PER_DAY + ((hour * 60 + minute - zone) * 60 + second) * 1000 + fraction;
}

/** Days since 1970. (Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".) */
function dayOf(year: number, month: number, date: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearInEra = marchYear - era * 400;
  const dayInYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  const dayInEra = yearInEra * 365 + Math.floor(yearInEra / 4) - Math.floor(yearInEra / 100) + dayInYear;
  return era * DAYS_PER_ERA + dayInEra - EPOCH_DAYS;
}

function civilOf(day: number): [year: number, month: number, date: number] {
  const shifted = day + EPOCH_DAYS;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayInEra = shifted - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayInEra / 1460) - Math.floor(dayInEra / 36_524) + Math.floor(dayInEra / (DAYS_PER_ERA - 1));
  const yearInEra = Math.floor((dayInEra - leapDays) / 365);
  const dayInYear = dayInEra - (365 * yearInEra + Math.floor(yearInEra / 4) - Math.floor(yearInEra / 100));
  const marchMonth = Math.floor((5 * dayInYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const date = dayInYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return [era * 400 + yearInEra + (month <= 2 ? 1 : 0), month, date];
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
