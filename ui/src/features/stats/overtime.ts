// Graphs along the days: reviews by count and by time, cards added, and what comes.
import type { DayCount, FutureDay, Kinds, ReviewsDay, Statistics } from '$lib/bindings';
import { buckets, stepFor, stepName, sums, type Bucket } from './days';
import { sum, whole, type Figure, type Locale, type Series } from './figure';
import { count, duration, number, short } from './format';

/** A day alone would fill the whole width as one bar; a week of it reads as what it is. */
const LEAST_DAYS = 7;

const KINDS = [
  { key: 'mature', name: 'Mature', colour: 'mature' },
  { key: 'young', name: 'Young', colour: 'young' },
  { key: 'learning', name: 'Learning', colour: 'learning' },
  { key: 'relearning', name: 'Relearning', colour: 'relearning', striped: true },
] as const;

function past(from: number, today: number, locale: Locale): { parts: Bucket[]; rowName: string } {
  const first = Math.min(from, today - LEAST_DAYS + 1);
  return { parts: buckets(first, today, locale), rowName: stepName[stepFor(today - first + 1)] };
}

/** Where a bar is more than a day the axis says so. */
const each = (noun: string, rowName: string) => (rowName === 'Day' ? noun : `${noun} a ${rowName.toLowerCase()}`);

const along = (parts: Bucket[], rowName: string) => ({
  rowName,
  labels: parts.map(({ label }) => label),
  titles: parts.map(({ title }) => title),
});

const kindsOf = (parts: Bucket[], days: ReviewsDay[], of: (day: ReviewsDay) => Kinds): Series[] =>
  KINDS.map(({ key, ...look }) => ({ ...look, values: sums(parts, days, (day) => of(day)[key]) }));

export const allKinds = (kinds: Kinds): number => kinds.learning + kinds.relearning + kinds.young + kinds.mature;

export function reviewsFigure(stats: Statistics, locale?: Locale): Figure {
  const { parts, rowName } = past(stats.fromDay, stats.day, locale);
  return {
    ...along(parts, rowName),
    series: kindsOf(parts, stats.reviews, ({ count }) => count),
    axis: whole(each('Reviews', rowName), (value) => short(value, locale)),
    stacked: true,
    total: (value) => number(value, 0, locale),
  };
}

const UNITS = [
  { from: 3 * 3_600, seconds: 3_600, name: 'Hours' },
  { from: 3 * 60, seconds: 60, name: 'Minutes' },
  { from: 0, seconds: 1, name: 'Seconds' },
];

export function timeFigure(stats: Statistics, locale?: Locale): Figure {
  const { parts, rowName } = past(stats.fromDay, stats.day, locale);
  const series = kindsOf(parts, stats.reviews, ({ seconds }) => seconds);
  const most = Math.max(0, ...parts.map((_, i) => sum(series.map(({ values }) => values[i] ?? 0))));
  const unit = UNITS.find(({ from }) => most >= from)!;
  const exact = (value: number) => duration(value * unit.seconds, locale);
  return {
    ...along(parts, rowName),
    series: series.map((one) => ({ ...one, values: one.values.map((value) => (value ?? 0) / unit.seconds), words: exact })),
    axis: { title: each(unit.name, rowName), words: (value) => short(value, locale), min: 0 },
    stacked: true,
    total: exact,
  };
}

export function addedFigure(stats: Statistics, locale?: Locale): Figure {
  const { parts, rowName } = past(stats.fromDay, stats.day, locale);
  return {
    ...along(parts, rowName),
    series: [{ name: 'Cards added', colour: 'plain', values: sums(parts, stats.added, (day: DayCount) => day.count) }],
    axis: whole(each('Cards', rowName), (value) => short(value, locale)),
  };
}

const RANGE_DAYS = [30, 90, 365];

/** What is overdue stands before today, as one bar of its own. */
export function futureFigure(stats: Statistics, withBacklog: boolean, locale?: Locale): Figure {
  const ahead = stats.future.length === 0 ? 0 : stats.future.at(-1)!.day - stats.day + 1;
  const looked = stats.day - stats.fromDay + 1;
  const days = Math.max(LEAST_DAYS, ahead, RANGE_DAYS.includes(looked) ? looked : 0);
  const parts = buckets(stats.day, stats.day + days - 1, locale);
  const series: Series[] = [
    ...KINDS.filter(({ key }) => key !== 'relearning').map(({ key, name, colour }) => ({
      name,
      colour,
      values: sums(parts, stats.future, (day: FutureDay) => day[key as 'learning' | 'young' | 'mature']),
    })),
  ];
  const figure = {
    ...along(parts, stepName[stepFor(days)]),
    series,
    axis: whole(each('Cards', stepName[stepFor(days)]), (value) => short(value, locale)),
    stacked: true,
    total: (value: number) => number(value, 0, locale),
  };
  if (parts[0]?.from === parts[0]?.to) {
    figure.labels[0] = 'Today';
    figure.titles[0] = `Today, ${figure.titles[0]}`;
  }
  if (!withBacklog || stats.backlog === 0) return figure;
  return {
    ...figure,
    labels: ['Overdue', ...figure.labels],
    titles: ['Overdue: due before today', ...figure.titles],
    series: [
      ...series.map((one) => ({ ...one, values: [0, ...one.values] })),
      { name: 'Overdue', colour: 'overdue', striped: true, values: [stats.backlog, ...parts.map(() => 0)] },
    ],
  };
}

export type Summary = { value: string; text: string };

export function reviewsSummary(stats: Statistics, locale?: Locale): Summary {
  const total = stats.reviews.reduce((all, { count }) => all + allKinds(count), 0);
  const days = stats.day - stats.fromDay + 1;
  const studied = stats.reviews.filter(({ count }) => allKinds(count) > 0).length;
  return {
    value: number(total, 0, locale),
    text: `${total === 1 ? 'review' : 'reviews'} on ${number(studied, 0, locale)} of ${count(days, 'day', locale)}, ${number(total / Math.max(1, studied), 0, locale)} on a day of study`,
  };
}

export function timeSummary(stats: Statistics, locale?: Locale): Summary {
  const seconds = stats.reviews.reduce((all, day) => all + allKinds(day.seconds), 0);
  const reviews = stats.reviews.reduce((all, day) => all + allKinds(day.count), 0);
  const studied = stats.reviews.filter(({ count }) => allKinds(count) > 0).length;
  return {
    value: duration(seconds, locale),
    text: `${duration(seconds / Math.max(1, studied), locale)} on a day of study, ${number(seconds / Math.max(1, reviews), 1, locale)} s a review`,
  };
}

export function addedSummary(stats: Statistics, locale?: Locale): Summary {
  const total = stats.added.reduce((all, day) => all + day.count, 0);
  const days = stats.day - stats.fromDay + 1;
  return {
    value: number(total, 0, locale),
    text: `${total === 1 ? 'card' : 'cards'} added, ${number(total / days, 1, locale)} a day`,
  };
}

const dueOf = ({ learning, young, mature }: FutureDay) => learning + young + mature;

export function futureSummary(stats: Statistics, locale?: Locale): Summary {
  const due = (from: number, to: number) =>
    stats.future.filter(({ day }) => day >= from && day <= to).reduce((all, day) => all + dueOf(day), 0);
  const backlog = stats.backlog > 0 ? `, ${number(stats.backlog, 0, locale)} overdue` : '';
  return {
    value: number(due(stats.day + 1, stats.day + 1), 0, locale),
    text: `due tomorrow, ${number(due(stats.day + 1, stats.day + 7), 0, locale)} in the next seven days${backlog}`,
  };
}
