// Days, weeks and buckets: across years, leap years and locales.
import { expect, test } from 'vitest';
import { calendarMonths, calendarYear, calendarYears, levelOf, levels, moved } from '$features/stats/calendar';
import { buckets, dayOf, firstWeekday, fullDate, stepFor, studyDay, sums, weekdayOf, yearOf } from '$features/stats/days';

const US = 'en-US';
const DE = 'de-DE';

test('a day knows its date, weekday and year, before 1970 too', () => {
  expect(dayOf(1970, 0, 1)).toBe(0);
  expect(weekdayOf(0)).toBe(4);
  expect(weekdayOf(-4)).toBe(0);
  expect(fullDate(dayOf(2024, 1, 29), US)).toBe('Feb 29, 2024');
  expect(fullDate(dayOf(2024, 1, 29), DE)).toBe('29. Feb. 2024');
  expect(yearOf(dayOf(2026, 11, 31))).toBe(2026);
  expect(yearOf(dayOf(2026, 11, 31) + 1)).toBe(2027);
});

test('the study day begins at four', () => {
  expect(studyDay(new Date(2026, 10, 23, 3, 59))).toBe(dayOf(2026, 10, 22));
  expect(studyDay(new Date(2026, 10, 23, 4, 0))).toBe(dayOf(2026, 10, 23));
  expect(studyDay(new Date(2027, 0, 1, 0, 30))).toBe(dayOf(2026, 11, 31));
});

test('weeks begin where the locale has them begin, and on Monday where the locale is unknown', () => {
  expect(firstWeekday(US)).toBe(0);
  expect(firstWeekday(DE)).toBe(1);
  expect(firstWeekday('ar-EG')).toBe(6);
  expect(firstWeekday('not a locale')).toBe(1);
});

test('steps widen with the time', () => {
  expect([31, 93, 94, 366, 401, 2_196, 2_197, 7_320, 7_321].map(stepFor)).toEqual(['day', 'day', 'week', 'week', 'month', 'month', 'quarter', 'quarter', 'year']);
});

test('buckets cover each day once, whatever the step', () => {
  const from = dayOf(2023, 10, 17);
  const to = dayOf(2025, 2, 2);
  for (const step of ['day', 'week', 'month', 'quarter', 'year'] as const) {
    const parts = buckets(from, to, US, step);
    expect(parts[0]!.from).toBe(from);
    expect(parts.at(-1)!.to).toBe(to);
    for (let i = 1; i < parts.length; i += 1) expect(parts[i]!.from).toBe(parts[i - 1]!.to + 1);
  }
  expect(buckets(from, to, US, 'year').map(({ title }) => title)).toEqual(['2023', '2024', '2025']);
  expect(buckets(from, to, US, 'quarter').length).toBe(6);
  expect(buckets(from, from, US).length).toBe(1);
});

test('buckets of weeks follow the locale', () => {
  const from = dayOf(2026, 10, 1); // a Sunday
  const starts = (locale: string) => buckets(from, from + 13, locale, 'week').map((part) => part.from - from);
  expect(starts(US)).toEqual([0, 7]);
  expect(starts(DE)).toEqual([0, 1, 8]);
});

test('what lies outside of the buckets is not counted', () => {
  const parts = buckets(100, 102, US);
  const items = [{ day: 99, n: 50 }, { day: 100, n: 1 }, { day: 102, n: 2 }, { day: 102, n: 3 }, { day: 103, n: 70 }];
  expect(sums(parts, items, ({ n }) => n)).toEqual([1, 0, 5]);
  expect(sums(parts, [], () => 1)).toEqual([0, 0, 0]);
  expect(sums([], items, ({ n }) => n)).toEqual([]);
});

test.each([
  [2024, US, 53], [2024, DE, 53], [2026, US, 53], [2026, DE, 53], [2028, US, 54], [2023, US, 53],
])('the calendar of %i in %s has each of its days once and in its row', (year, locale, weeks) => {
  const page = calendarYear(year, [], locale);
  expect(page.weeks.length).toBe(weeks);
  const cells = page.weeks.flat().filter((cell) => cell !== null);
  expect(cells.length).toBe(dayOf(year + 1, 0, 1) - dayOf(year, 0, 1));
  expect(cells.map(({ day }) => day)).toEqual([...cells.map(({ day }) => day)].sort((a, b) => a - b));
  page.weeks.forEach((week) => {
    expect(week.length).toBe(7);
    week.forEach((cell, row) => cell && expect((weekdayOf(cell.day) - firstWeekday(locale) + 7) % 7).toBe(row));
  });
  page.months.forEach(({ column }, month) => expect(page.weeks[column]!.some((cell) => cell?.day === dayOf(year, month, 1))).toBe(true));
});

test('the names of the rows are those of their days', () => {
  expect(calendarYear(2026, [], US).weekdays).toEqual(['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']);
  expect(calendarYear(2026, [], DE).weekdays[0]).toBe('Mo');
});

test('counts stand on their days, and another year’s do not', () => {
  const days = [{ day: dayOf(2025, 11, 31), count: 9 }, { day: dayOf(2026, 0, 1), count: 4 }];
  const cells = calendarYear(2026, days, DE).weeks.flat().filter((cell) => cell && cell.count > 0);
  expect(cells).toEqual([{ day: dayOf(2026, 0, 1), count: 4, level: 4 }]);
  expect(calendarYears(days, dayOf(2026, 5, 1))).toEqual({ first: 2025, last: 2026 });
  expect(calendarYears([], dayOf(2026, 5, 1))).toEqual({ first: 2026, last: 2026 });
});

test('shades divide the days with reviews into quarters', () => {
  const bounds = levels([1, 2, 3, 400].map((count, day) => ({ day, count })));
  expect([0, 1, 2, 3, 400].map((count) => levelOf(count, bounds))).toEqual([0, 1, 2, 3, 4]);
  expect(levels([])).toEqual([]);
  expect(levelOf(7, levels([{ day: 0, count: 7 }]))).toBe(4);
});

test('months add up to the year', () => {
  const days = [{ day: dayOf(2026, 1, 28), count: 4 }, { day: dayOf(2026, 2, 1), count: 5 }, { day: dayOf(2027, 0, 1), count: 8 }];
  const months = calendarMonths(2026, days, US);
  expect(months.map(({ reviews }) => reviews)).toEqual([0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(months[1]).toEqual({ name: 'February', reviews: 4, days: 1 });
});

test('the arrow keys walk the calendar and stay in the year', () => {
  const first = dayOf(2026, 0, 1);
  expect(moved(first, 'ArrowDown', 2026)).toBe(first + 1);
  expect(moved(first, 'ArrowRight', 2026)).toBe(first + 7);
  expect(moved(first + 3, 'ArrowLeft', 2026)).toBe(first);
  expect(moved(first, 'ArrowUp', 2026)).toBe(first);
  expect(moved(first, 'End', 2026)).toBe(dayOf(2026, 11, 31));
  expect(moved(first, 'a', 2026)).toBeNull();
});
