// From a figure to Chart.js. Loaded with the page, never at the window's start.
import {
  BarController, BarElement, BubbleController, CategoryScale, Chart, LinearScale, LineController, LineElement, PointElement, Tooltip,
  type ChartConfiguration, type ChartDataset, type ScaleOptions,
} from 'chart.js';
import type { Axis, Figure, Series } from '../figure';
import type { Scatter } from '../recall';
import { percent } from '../format';
import { band, diagonal, figures, marks, reference } from './extras';
import { striped, type Paint } from './scheme.svelte';

Chart.register(BarController, BarElement, BubbleController, CategoryScale, LinearScale, LineController, LineElement, PointElement, Tooltip);
export { Chart };

const ticks = (colours: Paint) => ({ color: colours.muted, font: { family: colours.font, size: 11 } });

const named = (text: string, colours: Paint) => ({
  display: text !== '',
  text,
  color: colours.muted,
  font: { family: colours.font, size: 11 },
  padding: 2,
});

function valueScale(axis: Axis, colours: Paint, stacked: boolean): ScaleOptions<'linear'> {
  return {
    type: 'linear',
    min: axis.min,
    max: axis.max,
    // Without anything to show the axis would be from 0 to 1 in tenths.
    suggestedMax: axis.max === undefined && axis.whole ? 4 : undefined,
    stacked,
    border: { display: false },
    grid: { color: colours.grid, drawTicks: false },
    ticks: {
      ...ticks(colours),
      padding: 6,
      maxTicksLimit: 6,
      precision: axis.whole ? 0 : undefined,
      callback: (value) => axis.words(Number(value)),
    },
    title: named(axis.title, colours),
  } as ScaleOptions<'linear'>;
}

function rowScale(figure: Figure, colours: Paint): ScaleOptions<'category'> {
  return {
    type: 'category',
    stacked: figure.stacked ?? false,
    border: { color: colours.line },
    grid: { display: false },
    ticks: {
      ...ticks(colours),
      ...(figure.horizontal ? { color: colours.text, font: { family: colours.font, size: 12 } } : {}),
      autoSkip: !figure.horizontal,
      autoSkipPadding: 12,
      maxRotation: 0,
    },
  } as ScaleOptions<'category'>;
}

/** Share of the longest bar that any bar is drawn with at least: one card beside thousands is not none. */
const LEAST_BAR = 0.012;

const visible = (values: (number | null)[]): (number | null)[] => {
  const least = LEAST_BAR * Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (value ? Math.max(value, least) : value));
};

function bars(series: Series, figure: Figure, colours: Paint): ChartDataset<'bar'> {
  const colour = colours.of(series.colour);
  if (series.ranges) {
    return {
      type: 'bar', label: series.name, backgroundColor: `${colour}59`, borderRadius: 3, borderSkipped: false, maxBarThickness: 8,
      barPercentage: 0.5, categoryPercentage: 0.6, data: series.ranges,
    };
  }
  return {
    type: 'bar',
    label: series.name,
    data: (figure.stacked ? series.values : visible(series.values)) as number[],
    backgroundColor: series.striped ? striped(colour, colours.surface) : colour,
    borderColor: colours.surface,
    borderWidth: figure.stacked ? (figure.horizontal ? { right: 1 } : { top: 1 }) : 0,
    borderRadius: figure.stacked ? 0 : 3,
    maxBarThickness: figure.horizontal ? 22 : 34,
    barPercentage: figure.horizontal ? 0.8 : 0.92,
    categoryPercentage: figure.labels.length > 60 ? 1 : 0.9,
    yAxisID: figure.horizontal ? undefined : 'y',
  };
}

function line(series: Series, figure: Figure, colours: Paint): ChartDataset<'line'> {
  const colour = colours.of(series.colour);
  const points = series.above || figure.labels.length < 40;
  return {
    type: 'line',
    label: series.name,
    data: series.values,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    borderDash: series.dashed ? [6, 4] : undefined,
    pointRadius: points ? 3 : 0,
    pointHoverRadius: 5,
    tension: 0,
    yAxisID: series.above ? 'above' : 'y',
  };
}

const common = { animation: false, responsive: true, maintainAspectRatio: false } as const;

export type Shown = NonNullable<NonNullable<NonNullable<ChartConfiguration['options']>['plugins']>['tooltip']>['external'];

/** Between the strip above and what is below, so that the last figure of the one does not touch the first of the other. */
const SPACE = {
  type: 'linear', axis: 'y', stack: 'value', stackWeight: 0.16, position: 'left', min: 0, max: 1, grid: { display: false }, border: { display: false },
  ticks: { display: false },
} as const;

export function configOf(figure: Figure, colours: Paint, external: Shown): ChartConfiguration {
  const row = rowScale(figure, colours);
  const value = valueScale(figure.axis, colours, figure.stacked ?? false);
  const split = figure.aboveAxis
    ? { gap: SPACE, above: { ...valueScale(figure.aboveAxis, colours, false), stack: 'value', stackWeight: 1.1, position: 'left', offset: true } }
    : {};
  const lower = figure.aboveAxis ? { ...value, stack: 'value', stackWeight: 1.6, position: 'left' } : value;
  return {
    type: 'bar',
    data: {
      labels: figure.labels,
      datasets: figure.series.map((one) => (one.look === 'line' ? line(one, figure, colours) : bars(one, figure, colours))) as ChartDataset[],
    },
    options: {
      ...common,
      indexAxis: figure.horizontal ? 'y' : 'x',
      interaction: { mode: 'index', intersect: false, axis: figure.horizontal ? 'y' : 'x' },
      layout: { padding: { top: figure.horizontal ? 0 : 8, right: figure.horizontal && !figure.stacked ? 56 : 2 } },
      scales: (figure.horizontal
        ? { y: row, x: { ...value, display: false } }
        : { x: row, y: lower, ...split }) as NonNullable<ChartConfiguration['options']>['scales'],
      plugins: { tooltip: { enabled: false, external } },
    },
    plugins: [band(figure, colours), reference(figure, colours), marks(figure.series, colours), figures(figure, colours)],
  };
}

export function scatterOf(scatter: Scatter, colours: Paint, external: Shown): ChartConfiguration {
  const words = (value: number) => percent(value);
  const axis = (title: string) => valueScale({ title, words, min: scatter.min, max: 1 }, colours, false);
  return {
    type: 'bubble',
    data: {
      datasets: [{
        label: 'Reviews',
        data: scatter.dots.map(({ x, y, radius }) => ({ x, y, r: radius })),
        backgroundColor: `${colours.of('plain')}a6`,
        borderColor: colours.of('plain'),
        borderWidth: 1.5,
        clip: false,
      }],
    },
    options: {
      ...common,
      interaction: { mode: 'nearest', intersect: false },
      layout: { padding: { top: 14, right: 14 } },
      scales: { x: { ...axis('Predicted'), position: 'bottom' }, y: axis('Remembered') } as NonNullable<ChartConfiguration['options']>['scales'],
      plugins: { tooltip: { enabled: false, external } },
    },
    plugins: [diagonal(scatter.min, colours)],
  };
}
