// Graphs of the cards as they are now: by state, and how their memory is spread.
import type { Bin, Histogram, StateCounts, Statistics } from '$lib/bindings';
import { sum, whole, type Colour, type Figure, type Locale } from './figure';
import { count, number, percent, short, span } from './format';
import type { Summary } from './overtime';

const STATES: { key: keyof StateCounts; name: string; colour: Colour; striped?: boolean }[] = [
  { key: 'new', name: 'New', colour: 'new' },
  { key: 'learning', name: 'Learning', colour: 'learning' },
  { key: 'relearning', name: 'Relearning', colour: 'relearning' },
  { key: 'young', name: 'Young', colour: 'young' },
  { key: 'mature', name: 'Mature', colour: 'mature' },
  { key: 'suspended', name: 'Suspended', colour: 'suspended' },
  { key: 'buried', name: 'Buried', colour: 'buried' },
];

export const allCards = (states: StateCounts): number => sum(STATES.map(({ key }) => states[key]));

export type StateRow = { key: string; name: string; colour: Colour; count: number; share: number };

export function stateRows(states: StateCounts): StateRow[] {
  const all = allCards(states);
  return STATES.map(({ key, name, colour }) => ({ key, name, colour, count: states[key], share: all === 0 ? 0 : states[key] / all }));
}

export function statesFigure(states: StateCounts, locale?: Locale): Figure {
  const rows = stateRows(states);
  const words = (value: number, row: number) => `${number(value, 0, locale)} (${percent(rows[row]!.share, 1, locale)})`;
  return {
    rowName: 'State',
    labels: rows.map(({ name }) => name),
    titles: rows.map(({ name }) => name),
    series: [{ name: 'Cards', colour: 'plain', values: rows.map((row) => row.count), words }],
    axis: whole('Cards', (value) => short(value, locale)),
    horizontal: true,
    marks: (value) => number(value, 0, locale),
  };
}

/** More bars than this are too thin to read or to point at. */
const MOST_BARS = 40;

/** Neighbouring bins put together until they are few enough. */
export function fewer(bins: Bin[], most = MOST_BARS): Bin[] {
  const each = Math.ceil(bins.length / most);
  if (each <= 1) return bins;
  return Array.from({ length: Math.ceil(bins.length / each) }, (_, i) => {
    const group = bins.slice(i * each, (i + 1) * each);
    return { from: group[0]!.from, to: group.at(-1)!.to, count: sum(group.map((bin) => bin.count)) };
  });
}

type Measure = { rowName: string; label: (value: number) => string; title: (from: number, to: number) => string };

function histogram(data: Histogram, colour: Colour, measure: Measure, locale: Locale): Figure {
  const bins = fewer(data.bins);
  return {
    rowName: measure.rowName,
    labels: bins.map(({ from }) => measure.label(from)),
    titles: bins.map(({ from, to }) => measure.title(from, to)),
    series: [{ name: 'Cards', colour, values: bins.map((bin) => bin.count) }],
    axis: whole('Cards', (value) => short(value, locale)),
  };
}

const inDays = (rowName: string, locale: Locale): Measure => ({
  rowName,
  label: (value) => (value < 365 ? short(Math.round(value * 10) / 10, locale) : `${number(value / 365.25, 1, locale)} y`),
  title: (from, to) =>
    Number.isInteger(from) && to - from === 1 ? count(from, 'day', locale) : `${span(from, locale)} to ${span(to, locale)}`,
});

export const intervalsFigure = (stats: Statistics, locale?: Locale): Figure =>
  histogram(stats.intervals, 'plain', inDays('Interval', locale), locale);

export const stabilityFigure = (stats: Statistics, locale?: Locale): Figure =>
  histogram(stats.stability, 'plain', inDays('Stability', locale), locale);

export const difficultyFigure = (stats: Statistics, locale?: Locale): Figure =>
  histogram(stats.difficulty, 'plain', {
    rowName: 'Difficulty',
    label: (value) => number(value, 1, locale),
    title: (from, to) => `${number(from, 1, locale)} to ${number(to, 1, locale)}`,
  }, locale);

export const retrievabilityFigure = (stats: Statistics, locale?: Locale): Figure =>
  histogram(stats.retrievability, 'plain', {
    rowName: 'Probability of recall',
    label: (value) => percent(value, 0, locale),
    title: (from, to) => `${percent(from, 0, locale)} to ${percent(to, 0, locale)}`,
  }, locale);

export const cardsIn = (data: Histogram): number => sum(data.bins.map((bin) => bin.count));

export function daysSummary(data: Histogram, locale?: Locale): Summary {
  return { value: data.median === null ? '–' : span(data.median, locale), text: `for the middle card, ${data.mean === null ? '–' : span(data.mean, locale)} on average` };
}

export function difficultySummary(data: Histogram, locale?: Locale): Summary {
  return { value: data.median === null ? '–' : number(data.median, 1, locale), text: `for the middle card, ${data.mean === null ? '–' : number(data.mean, 1, locale)} on average` };
}

export function rememberedSummary(stats: Statistics, locale?: Locale): Summary {
  const all = cardsIn(stats.retrievability);
  return {
    value: number(stats.remembered, 0, locale),
    text: `of ${count(all, 'reviewed card', locale)}${all > 0 ? `, ${percent(Math.min(1, stats.remembered / all), 1, locale)}` : ''}`,
  };
}
