// What a simulated year looks like: drawn by weeks, beside the present setting, and said in words.
import type { RescheduledDay, ReschedulePreview, Simulation } from '$lib/bindings';
import { buckets, dayMonth, fullDate, type Bucket } from './days';
import { whole, type Figure, type Locale, type Series } from './figure';
import { duration, number, short } from './format';

export type Curve = keyof Simulation;

const mean = (values: number[]): number => (values.length === 0 ? 0 : values.reduce((all, value) => all + value, 0) / values.length);

/** Work is averaged over each week, because single days jump; what is remembered is taken at the week's end. */
export function byWeek(values: number[], curve: Curve, parts: Bucket[], today: number): (number | null)[] {
  return parts.map(({ from, to }) => {
    const days = values.slice(from - today, to - today + 1);
    if (days.length === 0) return null;
    return curve === 'memorised' ? days.at(-1)! : mean(days);
  });
}

const CURVES: Record<Curve, (value: number, locale: Locale) => string> = {
  reviews: (value, locale) => number(value, value < 10 ? 1 : 0, locale),
  memorised: (value, locale) => number(value, 0, locale),
  minutes: (value, locale) => duration(60 * value, locale),
};

export function curveFigure(curve: Curve, chosen: Simulation, present: Simulation | null, names: { chosen: string; present: string }, today: number, locale?: Locale): Figure {
  const words = CURVES[curve];
  const parts = buckets(today, today + Math.max(0, chosen[curve].length - 1), locale, 'week');
  const line = (name: string, from: Simulation, look: Partial<Series>): Series => ({
    name, colour: 'plain', look: 'line', values: byWeek(from[curve], curve, parts, today), words: (value) => words(value, locale), ...look,
  });
  const series = [line(names.chosen, chosen, {})];
  if (present) series.push(line(names.present, present, { colour: 'relearning', dashed: true }));
  return {
    rowName: 'Week',
    labels: parts.map(({ from }) => dayMonth(from, locale)),
    titles: parts.map(({ from, to }) => `${dayMonth(from, locale)} – ${fullDate(to, locale)}`),
    series,
    axis: { title: '', words: (value) => short(value, locale), min: 0 },
  };
}

const comparison = (value: number, against: number, words: (value: number) => string, less: string): string => {
  const difference = value - against;
  const said = words(Math.abs(difference));
  if (said === words(0)) return 'as now';
  return `${said} ${difference > 0 ? 'more' : less} than now`;
};

export type Outlook = { value: string; text: string };

/** The year in three figures, and how they differ from the present setting. */
export function outlook(chosen: Simulation, present: Simulation | null, locale?: Locale): Record<Curve, Outlook> {
  const at = (curve: Curve, from: Simulation) => (curve === 'memorised' ? (from.memorised.at(-1) ?? 0) : mean(from[curve]));
  const one = (curve: Curve, text: string): Outlook => {
    const value = at(curve, chosen);
    const words = (amount: number) => CURVES[curve](amount, locale);
    return { value: words(value), text: present ? `${text}, ${comparison(value, at(curve, present), words, curve === 'minutes' ? 'less' : 'fewer')}` : text };
  };
  return {
    reviews: one('reviews', 'reviews a day on average'),
    memorised: one('memorised', 'cards remembered in the end'),
    minutes: one('minutes', 'a day on average'),
  };
}

export function rescheduleFigure({ days }: ReschedulePreview, locale?: Locale): Figure {
  const series = (name: string, of: (day: RescheduledDay) => number, look: Partial<Series>): Series => ({ name, colour: 'plain', values: days.map(of), ...look });
  return {
    rowName: 'Day',
    labels: days.map(({ day }, i) => (i === 0 ? 'Today' : dayMonth(day, locale))),
    titles: days.map(({ day }) => fullDate(day, locale)),
    series: [series('As it is', ({ now }) => now, { colour: 'other' }), series('Rescheduled', ({ after }) => after, {})],
    axis: whole('Reviews due', (value) => short(value, locale)),
  };
}
