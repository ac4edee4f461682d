// Graphs of how well was remembered: true retention, by hour, by button, and calibration.
import type { Buttons, Calibration, Period, Recall, Retention, Statistics } from '$lib/bindings';
import { sum, whole, type Colour, type Figure, type Locale, type Series } from './figure';
import { count, number, percent, short, signed } from './format';
import type { Summary } from './overtime';

export const share = ({ reviews, passed }: Recall): number | null => (reviews === 0 ? null : passed / reviews);

/** Wilson's interval (1927) for a share, at 95 %: how far the true one may be from what so few reviews show. */
export function interval({ reviews, passed }: Recall): [number, number] | null {
  if (reviews === 0) return null;
  const z = 1.96;
  const p = passed / reviews;
  const middle = (p + (z * z) / (2 * reviews)) / (1 + (z * z) / reviews);
  const half = (z * Math.sqrt((p * (1 - p)) / reviews + (z * z) / (4 * reviews * reviews))) / (1 + (z * z) / reviews);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

const periods: Record<Period, string> = { today: 'Today', yesterday: 'Yesterday', week: 'Week', month: 'Month', year: 'Year', all: 'All time' };

const detailed = (recalls: Recall[], locale: Locale) => (value: number, row: number) =>
  `${percent(value, 1, locale)} of ${number(recalls[row]!.reviews, 0, locale)}`;

/** The axis begins at a round tenth below the lowest that is shown, so that the differences that matter can be seen. */
const floorOf = (values: (number | null)[]): number => {
  const known = values.filter((value) => value !== null);
  return Math.max(0, Math.floor(Math.min(1, ...known) * 10 - 0.001) / 10);
};

export function retentionFigure(stats: Statistics, locale?: Locale): Figure {
  const line = (name: string, colour: Colour, of: (row: Retention) => Recall): Series => {
    const recalls = stats.retention.map(of);
    return { name, colour, look: 'points', values: recalls.map(share), ranges: recalls.map(interval), words: detailed(recalls, locale) };
  };
  const series = [line('Young', 'young', ({ young }) => young), line('Mature', 'mature', ({ mature }) => mature)];
  const lows = series.flatMap(({ values, ranges }) => [...values, ...(ranges ?? []).map((range) => range?.[0] ?? null)]);
  // A day with two reviews spans nearly everything: such a span may be cut off, the values themselves never.
  const spans = Math.max(0.4, floorOf(lows));
  const min = Math.min(0.8, spans, floorOf([stats.desiredRetention, ...series.flatMap(({ values }) => values)]));
  return {
    rowName: 'Period',
    labels: stats.retention.map(({ period }) => periods[period]),
    titles: stats.retention.map(({ period }) => periods[period]),
    series,
    axis: { title: 'Remembered', words: (value) => percent(value, 0, locale), min, max: 1 },
    reference: { value: stats.desiredRetention, label: `Desired ${percent(stats.desiredRetention, 0, locale)}` },
  };
}

const together = (rows: Recall[]): Recall => ({ reviews: sum(rows.map(({ reviews }) => reviews)), passed: sum(rows.map(({ passed }) => passed)) });

export function retentionSummary(stats: Statistics, locale?: Locale): Summary {
  const row = ['month', 'year', 'all'].map((period) => stats.retention.find((one) => one.period === period)).find((one) => one && one.young.reviews + one.mature.reviews > 0);
  const recall = row ? together([row.young, row.mature]) : { reviews: 0, passed: 0 };
  const value = share(recall);
  if (!row || value === null) return { value: '–', text: 'remembered so far' };
  const when = { month: 'in the last month', year: 'in the last year', all: 'in all time' }[row.period as 'month' | 'year' | 'all'];
  return { value: percent(value, 1, locale), text: `remembered ${when}; ${percent(stats.desiredRetention, 0, locale)} is aimed at` };
}

function clocks(locale: Locale): string[] {
  const format = new Intl.DateTimeFormat(locale, { hour: 'numeric', timeZone: 'UTC' });
  return Array.from({ length: 24 }, (_, hour) => format.format(new Date(hour * 3_600_000)));
}

/** Fewer reviews than this say nothing about an hour. */
const ENOUGH = 10;

export function hoursFigure(hours: Recall[], locale?: Locale): Figure {
  const names = clocks(locale);
  const shares = hours.map((hour) => (hour.reviews >= ENOUGH ? share(hour) : null));
  return {
    rowName: 'Hour',
    labels: names,
    titles: names.map((name, hour) => `${name} – ${names[(hour + 1) % 24]}`),
    series: [
      { name: 'Remembered', colour: 'mature', look: 'line', above: true, values: shares, words: (value) => percent(value, 1, locale) },
      { name: 'Reviews', colour: 'other', values: hours.map(({ reviews }) => reviews), words: (value) => number(value, 0, locale) },
    ],
    axis: whole('Reviews', (value) => short(value, locale)),
    aboveAxis: { title: 'Remembered', words: (value) => percent(value, 0, locale), min: floorOf(shares), max: 1 },
  };
}

export function hoursSummary(hours: Recall[], locale?: Locale): Summary {
  const all = sum(hours.map(({ reviews }) => reviews));
  const busiest = hours.reduce((best, { reviews }, hour) => (reviews > hours[best]!.reviews ? hour : best), 0);
  return { value: clocks(locale)[busiest]!, text: `is when most is reviewed: ${percent(all === 0 ? 0 : hours[busiest]!.reviews / all, 0, locale)} of ${count(all, 'review', locale)}` };
}

const BUTTONS: { name: string; colour: Colour; striped?: boolean }[] = [
  { name: 'Again', colour: 'again', striped: true },
  { name: 'Hard', colour: 'hard' },
  { name: 'Good', colour: 'good' },
  { name: 'Easy', colour: 'easy' },
];
const groups: { key: keyof Buttons; name: string }[] = [
  { key: 'learning', name: 'Learning' },
  { key: 'young', name: 'Young' },
  { key: 'mature', name: 'Mature' },
];

export function buttonsFigure(buttons: Buttons, locale?: Locale): Figure {
  const totals = groups.map(({ key }) => sum(buttons[key]));
  const of = (row: number, button: number) => buttons[groups[row]!.key][button]!;
  return {
    rowName: 'Cards',
    labels: groups.map(({ name }) => name),
    titles: groups.map(({ name }, row) => `${name}: ${count(totals[row]!, 'answer', locale)}`),
    series: BUTTONS.map((look, button) => ({
      ...look,
      values: groups.map((_, row) => (totals[row] === 0 ? 0 : of(row, button) / totals[row]!)),
      words: (value, row) => `${percent(value, 1, locale)} (${number(of(row, button), 0, locale)})`,
    })),
    axis: { title: 'Share of the answers', words: (value) => percent(value, 0, locale), min: 0, max: 1 },
    stacked: true,
    horizontal: true,
    marks: (value) => (value >= 0.08 ? percent(value, 0, locale) : ''),
  };
}

export function buttonsSummary(buttons: Buttons, locale?: Locale): Summary {
  const all = sum(groups.flatMap(({ key }) => buttons[key]));
  const good = sum(groups.map(({ key }) => buttons[key][2]));
  return { value: percent(all === 0 ? 0 : good / all, 0, locale), text: `of ${count(all, 'rating', locale)} were Good` };
}

export type Dot = { x: number; y: number; radius: number; title: string; words: string[] };
export type Scatter = { dots: Dot[]; min: number };

const SMALLEST = 3;
const LARGEST = 13;

/** The area of a dot is its share of the reviews; the axes begin at the tenth below the lowest of both. */
export function calibrationScatter(calibration: Calibration, locale?: Locale): Scatter {
  const most = Math.max(1, ...calibration.bins.map(({ reviews }) => reviews));
  const low = Math.min(1, ...calibration.bins.flatMap(({ predicted, actual }) => [predicted, actual]));
  return {
    min: Math.min(0.9, Math.max(0, Math.floor(low * 10) / 10)),
    dots: calibration.bins.map(({ predicted, actual, reviews }) => ({
      x: predicted,
      y: actual,
      radius: Math.max(SMALLEST, LARGEST * Math.sqrt(reviews / most)),
      title: count(reviews, 'review', locale),
      words: [`predicted ${percent(predicted, 1, locale)}`, `remembered ${percent(actual, 1, locale)}`],
    })),
  };
}

export function calibrationTable(calibration: Calibration, locale?: Locale): { columns: string[]; rows: string[][] } {
  return {
    columns: ['Predicted', 'Remembered', 'Difference', 'Reviews'],
    rows: calibration.bins.map(({ predicted, actual, reviews }) => [
      percent(predicted, 1, locale),
      percent(actual, 1, locale),
      `${signed(100 * (actual - predicted), 1, locale)} points`,
      number(reviews, 0, locale),
    ]),
  };
}

/** What the error means. Guessing every review with a chance of one half has a log-loss of ln 2. */
export function calibrationWords({ rmse, logLoss, reviews }: Calibration, locale?: Locale): string {
  if (rmse === null || logLoss === null || reviews === 0) return '';
  const verdict = rmse < 0.025 ? 'close to what happened' : rmse < 0.06 ? 'fairly close to what happened' : 'some way off; fitting the scheduler to your reviews (Settings) may help';
  return `Over ${count(reviews, 'review', locale)} the predictions were ${verdict}. Log-loss is ${number(logLoss, 3, locale)}: 0 would be knowing each answer beforehand, ${number(Math.LN2, 3, locale)} is tossing a coin.`;
}

export const calibrationSummary = ({ rmse }: Calibration, locale?: Locale): Summary => ({
  value: rmse === null ? '–' : number(100 * rmse, 1, locale),
  text: 'percentage points between predicted and actual recall (RMSE)',
});
