// What the graphs are made of: stacks, shares, spans and words, and what becomes of nothing.
import { expect, test } from 'vitest';
import type { Kinds, Recall, Statistics } from '$lib/bindings';
import { allCards, difficultyFigure, fewer, intervalsFigure, rememberedSummary, retrievabilityFigure, stateRows, statesFigure } from '$features/stats/cardsnow';
import { sum, tableOf } from '$features/stats/figure';
import { count, duration, number, percent, short, span } from '$features/stats/format';
import { addedFigure, futureFigure, futureSummary, reviewsFigure, reviewsSummary, timeFigure, timeSummary } from '$features/stats/overtime';
import { buttonsFigure, buttonsSummary, calibrationScatter, calibrationTable, calibrationWords, hoursFigure, interval, retentionFigure, retentionSummary, share } from '$features/stats/recall';

const US = 'en-US';
const TODAY = 20_780; // 2026-11-23
const kinds = (learning = 0, relearning = 0, young = 0, mature = 0): Kinds => ({ learning, relearning, young, mature });
const none: Recall = { reviews: 0, passed: 0 };
const histogram = { bins: [], median: null, mean: null };

const stats = (change: Partial<Statistics> = {}): Statistics => ({
  day: TODAY, fromDay: TODAY - 29,
  today: { reviewed: 0, again: 0, hard: 0, good: 0, easy: 0, durationMs: 0, added: 0 },
  streak: { current: 0, longest: 0, studied: 0 },
  calendar: [], reviews: [], added: [], future: [], backlog: 0,
  states: { new: 0, learning: 0, relearning: 0, young: 0, mature: 0, suspended: 0, buried: 0 },
  intervals: histogram, stability: histogram, difficulty: histogram, retrievability: histogram, remembered: 0, desiredRetention: 0.9,
  retention: [], hours: Array.from({ length: 24 }, () => none),
  buttons: { learning: [0, 0, 0, 0], young: [0, 0, 0, 0], mature: [0, 0, 0, 0] },
  calibration: { bins: [], rmse: null, logLoss: null, reviews: 0 },
  ...change,
});

test('numbers are written as the locale has them', () => {
  expect(number(1_234_567.4, 0, US)).toBe('1,234,567');
  expect(number(1_234.5, 1, 'de-DE')).toBe('1.234,5');
  expect(short(9_999, US)).toBe('9,999');
  expect(short(1_250_000, US)).toBe('1.3M');
  expect(count(1, 'card', US)).toBe('1 card');
  expect(count(0, 'card', US)).toBe('0 cards');
});

test('a percentage is not rounded to all or to none', () => {
  expect(percent(0.8766, 1, US)).toBe('87.7%');
  expect(percent(0.9996, 1, US)).toBe('99.9%');
  expect(percent(0.9999, 0, US)).toBe('99%');
  expect(percent(0.0001, 0, US)).toBe('1%');
  expect(percent(1, 1, US)).toBe('100.0%');
  expect(percent(0, 0, US)).toBe('0%');
});

test('spans and durations have words for every size', () => {
  expect([0, 20, 59.6, 90, 3_600, 3_660, 400_000].map((s) => duration(s, US))).toEqual(['0 s', '20 s', '1 min', '2 min', '1 h', '1 h 1 min', '111 h']);
  expect([0.5, 1, 12, 90, 400].map((d) => span(d, US))).toEqual(['0.5 days', '1 day', '12 days', '3 months', '1.1 years']);
});

test('reviews are stacked by kind, each in its bar', () => {
  const figure = reviewsFigure(stats({
    reviews: [
      { day: TODAY - 29, count: kinds(1, 2, 3, 4), seconds: kinds(10, 20, 30, 40) },
      { day: TODAY, count: kinds(5), seconds: kinds(50) },
    ],
  }), US);
  expect(figure.labels.length).toBe(30);
  expect(figure.series.map(({ name }) => name)).toEqual(['Mature', 'Young', 'Learning', 'Relearning']);
  expect(figure.series.map(({ values }) => values[0])).toEqual([4, 3, 1, 2]);
  expect(figure.series.map(({ values }) => values[29])).toEqual([0, 0, 5, 0]);
  expect(figure.series.filter(({ striped }) => striped).map(({ name }) => name)).toEqual(['Relearning']);
  expect(tableOf(figure).columns).toEqual(['Day', 'Mature', 'Young', 'Learning', 'Relearning', 'Total']);
  expect(tableOf(figure).rows[0]).toEqual(['Oct 25, 2026', '4', '3', '1', '2', '10']);
});

test('nothing of a year is lost in its weeks', () => {
  const reviews = Array.from({ length: 365 }, (_, i) => ({ day: TODAY - 364 + i, count: kinds(i % 3, 1, i % 5, 2), seconds: kinds(1, 1, 1, 1) }));
  const data = stats({ fromDay: TODAY - 364, reviews });
  const figure = reviewsFigure(data, US);
  expect(figure.rowName).toBe('Week');
  expect(figure.axis.title).toBe('Reviews a week');
  const all = sum(reviews.map(({ count: c }) => c.learning + c.relearning + c.young + c.mature));
  expect(sum(figure.series.flatMap(({ values }) => values))).toBe(all);
  expect(reviewsSummary(data, US).value).toBe(number(all, 0, US));
});

test('a lone day is one bar of a week', () => {
  const data = stats({ fromDay: TODAY, reviews: [{ day: TODAY, count: kinds(3), seconds: kinds(25) }], added: [{ day: TODAY, count: 8 }] });
  expect(reviewsFigure(data, US).labels.length).toBe(7);
  expect(addedFigure(data, US).series[0]!.values).toEqual([0, 0, 0, 0, 0, 0, 8]);
  expect(reviewsSummary(data, US)).toEqual({ value: '3', text: 'reviews on 1 of 1 day, 3 on a day of study' });
  expect(timeFigure(data, US).axis.title).toBe('Seconds');
  expect(timeFigure(data, US).series.map(({ values }) => values[6])).toEqual([0, 0, 25, 0]);
  expect(timeSummary(data, US).value).toBe('25 s');
});

test('time takes the unit that suits the longest bar, and says it exactly', () => {
  const data = stats({ reviews: [{ day: TODAY, count: kinds(1), seconds: kinds(3_600, 0, 7_200) }] });
  const figure = timeFigure(data, US);
  expect(figure.axis.title).toBe('Hours');
  expect(tableOf(figure).rows.at(-1)).toEqual(['Nov 23, 2026', '0 s', '2 h', '1 h', '0 s', '3 h']);
});

test('what is overdue stands before today, unless it is left out', () => {
  const data = stats({ backlog: 12, future: [{ day: TODAY, learning: 1, young: 2, mature: 3 }, { day: TODAY + 1, learning: 0, young: 4, mature: 0 }] });
  const figure = futureFigure(data, true, US);
  expect(figure.labels.slice(0, 2)).toEqual(['Overdue', 'Today']);
  expect(figure.series.map(({ name, values }) => [name, ...values.slice(0, 3)])).toEqual([
    ['Mature', 0, 3, 0], ['Young', 0, 2, 4], ['Learning', 0, 1, 0], ['Overdue', 12, 0, 0],
  ]);
  expect(figure.labels.length).toBe(31);
  const without = futureFigure(data, false, US);
  expect(without.labels[0]).toBe('Today');
  expect(without.series.length).toBe(3);
  expect(futureSummary(data, US)).toEqual({ value: '4', text: 'due tomorrow, 4 in the next seven days, 12 overdue' });
});

test('far ahead the bars are years and nothing is lost', () => {
  const data = stats({ future: [{ day: TODAY, learning: 0, young: 1, mature: 0 }, { day: TODAY + 36_000, learning: 0, young: 0, mature: 1 }] });
  const figure = futureFigure(data, true, US);
  expect(figure.rowName).toBe('Year');
  expect(sum(figure.series.flatMap(({ values }) => values))).toBe(2);
});

test('states are shares of all cards', () => {
  const states = { new: 1, learning: 0, relearning: 0, young: 2, mature: 5, suspended: 0, buried: 0 };
  expect(allCards(states)).toBe(8);
  expect(stateRows(states).map(({ share: part }) => part)).toEqual([0.125, 0, 0, 0.25, 0.625, 0, 0]);
  expect(tableOf(statesFigure(states, US)).rows[4]).toEqual(['Mature', '5 (62.5%)']);
});

test('too many bins are put together, and keep their cards and bounds', () => {
  const bins = Array.from({ length: 95 }, (_, i) => ({ from: i, to: i + 1, count: i }));
  const made = fewer(bins);
  expect(made.length).toBe(32);
  expect(made[0]).toEqual({ from: 0, to: 3, count: 3 });
  expect(made.at(-1)!.to).toBe(95);
  expect(sum(made.map((bin) => bin.count))).toBe(sum(bins.map((bin) => bin.count)));
  expect(fewer(bins.slice(0, 40))).toEqual(bins.slice(0, 40));
});

test('bins are named in the unit of what they count', () => {
  const with_ = (from: number, to: number) => ({ bins: [{ from, to, count: 3 }], median: from, mean: to });
  expect(intervalsFigure(stats({ intervals: with_(1, 2) }), US).titles).toEqual(['1 day']);
  expect(intervalsFigure(stats({ intervals: with_(400, 500) }), US).titles).toEqual(['1.1 years to 1.4 years']);
  expect(difficultyFigure(stats({ difficulty: with_(1.5, 2) }), US).titles).toEqual(['1.5 to 2']);
  expect(retrievabilityFigure(stats({ retrievability: with_(0.95, 1) }), US).titles).toEqual(['95% to 100%']);
  expect(rememberedSummary(stats({ retrievability: with_(0.95, 1), remembered: 2.8 }), US)).toEqual({ value: '3', text: 'of 3 reviewed cards, 93.3%' });
});

test('retention has its uncertainty, and none without reviews', () => {
  expect(share({ reviews: 8, passed: 6 })).toBe(0.75);
  expect(share(none)).toBeNull();
  expect(interval(none)).toBeNull();
  // Wilson's interval for 9 of 10, by hand: 0.596 to 0.982.
  const [low, high] = interval({ reviews: 10, passed: 9 })!;
  expect(low).toBeCloseTo(0.596, 3);
  expect(high).toBeCloseTo(0.982, 3);
  expect(interval({ reviews: 5, passed: 5 })![1]).toBe(1);
});

test('retention leaves out what was not reviewed and keeps all points within the axis', () => {
  const data = stats({
    retention: [
      { period: 'today', young: none, mature: { reviews: 3, passed: 1 } },
      { period: 'month', young: { reviews: 100, passed: 90 }, mature: { reviews: 100, passed: 80 } },
    ],
  });
  const figure = retentionFigure(data, US);
  expect(figure.labels).toEqual(['Today', 'Month']);
  expect(figure.series[0]!.values).toEqual([null, 0.9]);
  expect(figure.axis.min).toBeLessThanOrEqual(1 / 3);
  expect(tableOf(figure).rows[0]).toEqual(['Today', '–', '33.3% of 3']);
  expect(figure.reference).toEqual({ value: 0.9, label: 'Desired 90%' });
  expect(retentionSummary(data, US)).toEqual({ value: '85.0%', text: 'remembered in the last month; 90% is aimed at' });
});

test('an hour with few reviews has no share', () => {
  const hours = Array.from({ length: 24 }, (_, hour): Recall => (hour === 9 ? { reviews: 40, passed: 30 } : hour === 10 ? { reviews: 9, passed: 9 } : none));
  const figure = hoursFigure(hours, US);
  expect(figure.series[0]!.values[9]).toBe(0.75);
  expect(figure.series[0]!.values[10]).toBeNull();
  expect(figure.series[1]!.values[10]).toBe(9);
  expect(figure.titles[9]).toBe('9 AM – 10 AM');
});

test('buttons are shares that add up to one, or nothing', () => {
  const buttons = { learning: [0, 0, 0, 0], young: [1, 1, 6, 2], mature: [0, 0, 5, 0] } as Statistics['buttons'];
  const figure = buttonsFigure(buttons, US);
  const total = (row: number) => sum(figure.series.map(({ values }) => values[row] ?? 0));
  expect(total(0)).toBe(0);
  expect(total(1)).toBeCloseTo(1, 10);
  expect(tableOf(figure).rows[1]).toEqual(['Young: 10 answers', '10.0% (1)', '10.0% (1)', '60.0% (6)', '20.0% (2)']);
  expect(buttonsSummary(buttons, US)).toEqual({ value: '73%', text: 'of 15 ratings were Good' });
});

test('calibration: dots by reviews within the axes, and the error in words', () => {
  const calibration = { bins: [{ predicted: 0.62, actual: 0.5, reviews: 4 }, { predicted: 0.9, actual: 0.91, reviews: 400 }], rmse: 0.0156, logLoss: 0.31, reviews: 404 };
  const { dots, min } = calibrationScatter(calibration, US);
  expect(min).toBe(0.5);
  expect(dots[1]!.radius / dots[0]!.radius).toBeGreaterThan(3);
  expect(dots.every(({ x, y }) => x >= min && y >= min && x <= 1 && y <= 1)).toBe(true);
  expect(calibrationTable(calibration, US).rows).toEqual([['62.0%', '50.0%', '-12 points', '4'], ['90.0%', '91.0%', '+1 points', '400']]);
  expect(calibrationWords(calibration, US)).toMatch(/404 reviews.*close to what happened.*0\.31.*0\.693/);
  expect(calibrationWords(stats().calibration, US)).toBe('');
});

test('without any reviews every figure can still be made', () => {
  const empty = stats();
  for (const figure of [reviewsFigure, timeFigure, addedFigure, intervalsFigure, retrievabilityFigure, difficultyFigure, retentionFigure].map((make) => make(empty, US))) {
    expect(sum(figure.series.flatMap(({ values }) => values))).toBe(0);
  }
  expect(calibrationScatter(empty.calibration, US).dots).toEqual([]);
  expect(buttonsSummary(empty.buttons, US).value).toBe('0%');
  expect(retentionSummary(empty, US).value).toBe('–');
  expect(futureFigure(empty, true, US).labels.length).toBe(30);
});
