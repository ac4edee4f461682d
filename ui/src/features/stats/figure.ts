// What a graph shows, apart from how it is drawn: the same rows feed the drawing, its tooltip and the table behind it.
import { number, type Locale } from './format';

/** Names of colours in plot/palette.css. */
export type Colour =
  | 'learning' | 'relearning' | 'young' | 'mature' | 'new' | 'suspended' | 'buried'
  | 'again' | 'hard' | 'good' | 'easy' | 'plain' | 'other' | 'overdue';

export type Series = {
  name: string;
  colour: Colour;
  values: (number | null)[];
  look?: 'bar' | 'line' | 'points';
  /** Told apart by more than colour. */
  striped?: boolean;
  dashed?: boolean;
  /** A bar from the one to the other, with a mark at the value: how sure the value is. */
  ranges?: ([number, number] | null)[];
  /** Drawn in a strip of its own above the others. */
  above?: boolean;
  /** The exact value in words, where the number alone would not do. */
  words?: (value: number, row: number) => string;
};

export type Axis = {
  title: string;
  words: (value: number) => string;
  min?: number;
  max?: number;
  /** Only whole numbers make sense. */
  whole?: boolean;
};

export type Figure = {
  /** What a row is: "Day", "Interval". */
  rowName: string;
  /** Under the drawing, short. */
  labels: string[];
  /** In tooltip and table, in full. */
  titles: string[];
  series: Series[];
  axis: Axis;
  aboveAxis?: Axis;
  stacked?: boolean;
  horizontal?: boolean;
  /** The values of the first row up may be added up, and their sum says something. */
  total?: (value: number) => string;
  /** A dashed line across. */
  reference?: { value: number; label: string };
  /** Written beside the bars of a horizontal figure, or into them when they are stacked. */
  marks?: (value: number, row: number, series: number) => string;
};

export type Table = { columns: string[]; rows: string[][] };

export const wordsOf = (figure: Figure, series: Series, row: number): string => {
  const value = series.values[row];
  if (value === null || value === undefined) return '–';
  return (series.words ?? (series.above ? figure.aboveAxis : figure.axis)?.words ?? number)(value, row);
};

export const totalOf = (figure: Figure, row: number): string | null =>
  figure.total && figure.series.length > 1
    ? figure.total(figure.series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0))
    : null;

export function tableOf(figure: Figure): Table {
  const totals = figure.total && figure.series.length > 1;
  return {
    columns: [figure.rowName, ...figure.series.map(({ name }) => name), ...(totals ? ['Total'] : [])],
    rows: figure.titles.map((title, row) => [
      title,
      ...figure.series.map((series) => wordsOf(figure, series, row)),
      ...(totals ? [totalOf(figure, row) ?? ''] : []),
    ]),
  };
}

export const sum = (values: (number | null)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);

export const whole = (title: string, words: (value: number) => string): Axis => ({ title, words, min: 0, whole: true });

export type { Locale };
