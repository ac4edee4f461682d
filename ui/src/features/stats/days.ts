// Study days are counted from 1970-01-01 in the person's zone. As dates they are read in UTC, where no day is longer than
// another.
import type { Locale } from './format';

const DAY_MS = 86_400_000;

export const dateOf = (day: number): Date => new Date(day * DAY_MS);
export const dayOf = (year: number, month: number, date: number): number => Date.UTC(year, month, date) / DAY_MS;
export const yearOf = (day: number): number => dateOf(day).getUTCFullYear();

/** 0 is Sunday. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

/** A way of writing a day. Making a formatter is slow, so each is made once for each locale. */
function written(options: Intl.DateTimeFormatOptions): (day: number, locale?: Locale) => string {
  const made = new Map<Locale, Intl.DateTimeFormat>();
  return (day, locale) => {
    let format = made.get(locale);
    if (!format) made.set(locale, (format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })));
    return format.format(dateOf(day));
  };
}

export const dayMonth = written({ day: 'numeric', month: 'short' });
export const fullDate = written({ day: 'numeric', month: 'short', year: 'numeric' });
export const spokenDate = written({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const monthYear = written({ month: 'short', year: 'numeric' });
export const monthName = written({ month: 'short' });
export const longMonth = written({ month: 'long' });
export const weekdayName = written({ weekday: 'short' });
export const yearName = written({ year: 'numeric' });

type WeekInfo = { firstDay: number };
type Informed = Intl.Locale & { getWeekInfo?: () => WeekInfo; weekInfo?: WeekInfo };

/** The weekday that weeks begin with, 0 is Sunday; Monday where the engine does not know. */
export function firstWeekday(locale?: Locale): number {
  try {
    const known = new Intl.Locale(locale ?? new Intl.DateTimeFormat().resolvedOptions().locale) as Informed;
    const info = known.getWeekInfo?.() ?? known.weekInfo;
    return info ? info.firstDay % 7 : 1;
  } catch {
    return 1;
  }
}

export type Step = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** One bar of a graph over time: its first and last day, what stands under it and what it is called in full. */
export type Bucket = { from: number; to: number; label: string; title: string };

/** The finest step that leaves bars wide enough to be told apart. */
export function stepFor(days: number): Step {
  if (days <= 93) return 'day';
  if (days <= 400) return 'week';
  if (days <= 6 * 366) return 'month';
  return days <= 20 * 366 ? 'quarter' : 'year';
}

function startOf(day: number, step: Step, firstDay: number): number {
  if (step === 'day') return day;
  if (step === 'week') return day - ((weekdayOf(day) - firstDay + 7) % 7);
  const date = dateOf(day);
  const month = { month: date.getUTCMonth(), quarter: Math.floor(date.getUTCMonth() / 3) * 3, year: 0 }[step];
  return dayOf(date.getUTCFullYear(), month, 1);
}

function nextOf(start: number, step: Step): number {
  if (step === 'day') return start + 1;
  if (step === 'week') return start + 7;
  const date = dateOf(start);
  return dayOf(date.getUTCFullYear(), date.getUTCMonth() + { month: 1, quarter: 3, year: 12 }[step], 1);
}

function bucket(from: number, to: number, step: Step, locale: Locale): Bucket {
  if (step === 'day') return { from, to, label: dayMonth(from, locale), title: fullDate(from, locale) };
  if (step === 'year') return { from, to, label: yearName(from, locale), title: yearName(from, locale) };
  if (step === 'month') return { from, to, label: monthYear(from, locale), title: monthYear(from, locale) };
  const title = `${dayMonth(from, locale)} – ${fullDate(to, locale)}`;
  return { from, to, label: step === 'week' ? dayMonth(from, locale) : monthYear(from, locale), title };
}

/** The days from `from` to `to`, both included, in steps of the calendar; the first and last may be cut short. */
export function buckets(from: number, to: number, locale?: Locale, step: Step = stepFor(to - from + 1)): Bucket[] {
  const firstDay = firstWeekday(locale);
  const made: Bucket[] = [];
  for (let start = startOf(from, step, firstDay); start <= to; start = nextOf(start, step)) {
    made.push(bucket(Math.max(start, from), Math.min(nextOf(start, step) - 1, to), step, locale));
  }
  return made;
}

/** Adds up what falls into each bucket. `items` are ascending by day; those outside of all buckets are left out. */
export function sums<T extends { day: number }>(parts: Bucket[], items: T[], value: (item: T) => number): number[] {
  const totals = parts.map(() => 0);
  let at = 0;
  for (const item of items) {
    while (at < parts.length && item.day > parts[at]!.to) at += 1;
    if (at === parts.length) break;
    if (item.day >= parts[at]!.from) totals[at]! += value(item);
  }
  return totals;
}

export const stepName: Record<Step, string> = { day: 'Day', week: 'Week', month: 'Month', quarter: 'Quarter', year: 'Year' };

/** The study day of a moment: days begin at four in the morning, where the person is. */
export function studyDay(moment: Date): number {
  const day = dayOf(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return moment.getHours() < 4 ? day - 1 : day;
}
