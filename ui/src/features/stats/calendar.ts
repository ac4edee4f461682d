// The calendar's weeks: one year on a page, seven rows, a column for each week that touches the year.
import type { DayCount } from '$lib/bindings';
import { dayOf, firstWeekday, longMonth, monthName, weekdayName, yearOf } from './days';
import type { Locale } from './format';

export type CalendarDay = { day: number; count: number; level: number };
export type CalendarYear = {
  year: number;
  /** Names of the seven rows, from the locale's first day of the week on. */
  weekdays: string[];
  /** Seven cells each; null where the day belongs to another year. */
  weeks: (CalendarDay | null)[][];
  /** The column in which each month begins. */
  months: { column: number; name: string }[];
};

/** Bounds between the shades: about a quarter of the days with reviews falls into each, so that one long day pales no other. */
export function levels(days: DayCount[]): number[] {
  const counts = days.map(({ count }) => count).filter((count) => count > 0).sort((a, b) => a - b);
  if (counts.length === 0) return [];
  return [0.25, 0.5, 0.75].map((share) => counts[Math.min(counts.length - 1, Math.floor(share * counts.length))]!);
}

/** 0 for none, then 1 to 4. Equal days are always of one shade. */
export const levelOf = (count: number, bounds: number[]): number =>
  count === 0 ? 0 : 1 + bounds.filter((bound) => count >= bound).length;

export function calendarYear(year: number, days: DayCount[], locale?: Locale): CalendarYear {
  // By the year that is shown: in a later one, with more cards, an earlier one's days would all look alike.
  const bounds = levels(days.filter(({ day }) => yearOf(day) === year));
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const first = dayOf(year, 0, 1);
  const last = dayOf(year, 11, 31);
  const firstDay = firstWeekday(locale);
  // 4 January 1970 was a Sunday.
  const weekdays = Array.from({ length: 7 }, (_, row) => weekdayName(3 + firstDay + row, locale));
  const monday = first - ((((first + 4 - firstDay) % 7) + 7) % 7);
  const weeks: (CalendarDay | null)[][] = [];
  for (let start = monday; start <= last; start += 7) {
    weeks.push(
      Array.from({ length: 7 }, (_, row) => {
        const day = start + row;
        if (day < first || day > last) return null;
        const count = counts.get(day) ?? 0;
        return { day, count, level: levelOf(count, bounds) };
      }),
    );
  }
  const months = Array.from({ length: 12 }, (_, month) => {
    const start = dayOf(year, month, 1);
    return { column: Math.floor((start - monday) / 7), name: monthName(start, locale) };
  });
  return { year, weekdays, weeks, months };
}

/** The first and the last year that there is something to see in. */
export function calendarYears(days: DayCount[], today: number): { first: number; last: number } {
  const last = yearOf(today);
  return { first: Math.min(last, ...(days[0] ? [yearOf(days[0].day)] : [])), last };
}

export type CalendarMonth = { name: string; reviews: number; days: number };

export function calendarMonths(year: number, days: DayCount[], locale?: Locale): CalendarMonth[] {
  return Array.from({ length: 12 }, (_, month) => {
    const from = dayOf(year, month, 1);
    const to = dayOf(year, month + 1, 1);
    const within = days.filter(({ day, count }) => day >= from && day < to && count > 0);
    return { name: longMonth(from, locale), reviews: within.reduce((sum, { count }) => sum + count, 0), days: within.length };
  });
}

/** Where the focus goes from a cell of the calendar: the day, or null where there is none. */
export function moved(day: number, key: string, year: number, rtl = false): number | null {
  const week = rtl ? -7 : 7;
  const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -week, ArrowRight: week };
  const first = dayOf(year, 0, 1);
  const last = dayOf(year, 11, 31);
  if (key === 'Home') return first;
  if (key === 'End') return last;
  const step = steps[key];
  if (step === undefined) return null;
  return Math.min(last, Math.max(first, day + step));
}
