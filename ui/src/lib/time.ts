// Times and spans in words. Times come as UTC milliseconds; a missing one (null) is shown as nothing, never as 1970.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.4375 * DAY;
const YEAR = 365.25 * DAY;

type Millis = number | null | undefined;

const oneDecimal = (value: number) => {
  const text = value.toFixed(1);
  return text.endsWith('.0') ? text.slice(0, -2) : text;
};

/** A span as a rating button shows it: "10 min", "3 d", "1.2 mo". Never a span of zero: that reads as broken. */
export function intervalWords(span: Millis): string {
  const ms = Math.max(0, span ?? 0);
  if (ms < MINUTE) return '<1 min';
  // Each bound is where rounding would show a full next unit: 59.6 min is "1 h", not "60 min".
  if (ms < 59.5 * MINUTE) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 23.5 * HOUR) return `${Math.round(ms / HOUR)} h`;
  if (ms < 29.5 * DAY) return `${Math.max(1, Math.round(ms / DAY))} d`;
  if (ms < 11.95 * MONTH) return `${oneDecimal(Math.max(1, ms / MONTH))} mo`;
  return `${oneDecimal(Math.max(1, ms / YEAR))} y`;
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The same span for a screen reader: "10 minutes", "1.2 months". */
export function intervalSpoken(span: Millis): string {
  const words = intervalWords(span);
  if (words === '<1 min') return 'less than a minute';
  const [amount = '', unit = ''] = words.split(' ');
  const noun = { min: 'minute', h: 'hour', d: 'day', mo: 'month', y: 'year' }[unit] ?? unit;
  return `${amount} ${noun}${amount === '1' ? '' : 's'}`;
}

/** Time spent: "under a minute", "12 min", "1 h 5 min". */
export function spentWords(span: Millis): string {
  const minutes = Math.round(Math.max(0, span ?? 0) / MINUTE);
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Time spent on one thing, to the second: "6.4 s", "48 s", "2 min 5 s"; longer as `spentWords`. */
export function secondsWords(span: Millis): string {
  const ms = Math.max(0, span ?? 0);
  if (ms < 9.95 * SECOND) return `${oneDecimal(ms / SECOND)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return spentWords(ms);
}

/** A span of days in full: "less than a day", "12 days", "1.2 months". */
export function daysWords(days: number | null | undefined): string {
  if (days === null || days === undefined) return '';
  return days < 0.95 ? 'less than a day' : intervalSpoken(days * DAY);
}

const startOfDay = (time: number) => new Date(time).setHours(0, 0, 0, 0);

/** When something comes, seen from `now`: "now", "in 8 min", "today at 18:30", "tomorrow", "in 5 days", "on 3 Mar 2027". */
export function whenWords(time: Millis, now: number = Date.now()): string {
  if (time === null || time === undefined) return '';
  const ahead = time - now;
  if (ahead <= 0) return 'now';
  if (ahead < 59.5 * MINUTE) return `in ${Math.max(1, Math.round(ahead / MINUTE))} min`;
  const days = Math.round((startOfDay(time) - startOfDay(now)) / DAY);
  if (days <= 0) {
    return `today at ${new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}`;
  }
  if (days === 1) return 'tomorrow';
  if (days < 30) return `in ${plural(days, 'day')}`;
  return `on ${new Date(time).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })}`;
}

/** When something was, for a list: "18:30" today, "Yesterday", "12 Nov", "12 Nov 2025". */
export function pastWords(time: Millis, now: number = Date.now()): string {
  if (time === null || time === undefined) return '';
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY);
  const date = new Date(time);
  if (days <= 0) return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  if (days === 1) return 'Yesterday';
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** A date, and a date with its time, as the person's system writes them: "12 Nov 2026", "12 Nov 2026, 18:30". */
export const dateWords = (time: Millis): string =>
  time === null || time === undefined ? '' : new Date(time).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
export const momentWords = (time: Millis): string =>
  time === null || time === undefined
    ? ''
    : new Date(time).toLocaleString(undefined, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });

/** "1 card", "12 cards". */
export const cards = (count: number) => plural(count, 'card');
