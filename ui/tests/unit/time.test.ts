// Spans and times in words.
import { expect, test } from 'vitest';
import { intervalSpoken, intervalWords, pastWords, spentWords, whenWords } from '$lib/time';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

test.each([
  [0, '<1 min'], [-5, '<1 min'], [null, '<1 min'], [59_999, '<1 min'], [MIN, '1 min'], [10 * MIN, '10 min'],
  [59 * MIN, '59 min'], [59.7 * MIN, '1 h'], [5 * HOUR, '5 h'], [23.6 * HOUR, '1 d'], [DAY, '1 d'], [3 * DAY, '3 d'],
  [29 * DAY, '29 d'], [30 * DAY, '1 mo'], [36.5 * DAY, '1.2 mo'], [364 * DAY, '1 y'], [730.5 * DAY, '2 y'],
  [36_500 * DAY, '99.9 y'],
] as const)('%s ms is %s', (span, words) => expect(intervalWords(span)).toBe(words));

test('spoken in full', () => {
  expect(intervalSpoken(10 * MIN)).toBe('10 minutes');
  expect(intervalSpoken(DAY)).toBe('1 day');
  expect(intervalSpoken(36.5 * DAY)).toBe('1.2 months');
  expect(intervalSpoken(0)).toBe('less than a minute');
});

test('time spent', () => {
  expect(spentWords(20_000)).toBe('under a minute');
  expect(spentWords(11 * MIN)).toBe('11 min');
  expect(spentWords(65 * MIN)).toBe('1 h 5 min');
  expect(spentWords(null)).toBe('under a minute');
});

test('when', () => {
  const now = new Date(2026, 10, 23, 10, 0).getTime();
  expect(whenWords(now - 1, now)).toBe('now');
  expect(whenWords(now + 8 * MIN, now)).toBe('in 8 min');
  expect(whenWords(now + 3 * HOUR, now)).toMatch(/^today at /);
  expect(whenWords(now + DAY, now)).toBe('tomorrow');
  expect(whenWords(now + 5 * DAY, now)).toBe('in 5 days');
  expect(whenWords(now + 90 * DAY, now)).toMatch(/^on .*2027/);
  expect(whenWords(null, now)).toBe('');
  expect(pastWords(now - DAY, now)).toBe('Yesterday');
  expect(pastWords(null, now)).toBe('');
});
