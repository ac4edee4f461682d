// What Chart.js does not draw by itself: the line to compare with, marks of uncertain values, figures beside bars, and the
// row that the pointer or the keyboard is on.
import type { Chart, Plugin } from 'chart.js';
import type { Figure, Series } from '../figure';
import type { Paint } from './scheme.svelte';

export function reference({ reference: line }: Figure, colours: Paint): Plugin {
  return {
    id: 'reference',
    beforeDatasetsDraw(chart) {
      const scale = chart.scales.y;
      if (!line || !scale) return;
      const y = Math.round(scale.getPixelForValue(line.value)) + 0.5;
      const { left, right } = chart.chartArea;
      const pen = chart.ctx;
      pen.save();
      pen.strokeStyle = colours.text;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      pen.stroke();
      pen.restore();
    },
    // Over everything else, on a ground of its own: it names the line.
    afterDatasetsDraw(chart) {
      const scale = chart.scales.y;
      if (!line || !scale) return;
      const pen = chart.ctx;
      pen.save();
      pen.font = `600 11px ${colours.font}`;
      const width = pen.measureText(line.label).width;
      const y = scale.getPixelForValue(line.value);
      const above = y - chart.chartArea.top > 20;
      pen.fillStyle = colours.surface;
      pen.globalAlpha = 0.85;
      pen.fillRect(chart.chartArea.right - width - 4, above ? y - 17 : y + 3, width + 4, 14);
      pen.globalAlpha = 1;
      pen.fillStyle = colours.text;
      pen.textAlign = 'right';
      pen.textBaseline = above ? 'bottom' : 'top';
      pen.fillText(line.label, chart.chartArea.right - 2, above ? y - 4 : y + 4);
      pen.restore();
    },
  };
}

const SHAPES = ['circle', 'square'] as const;

/** Marks the value within its range; circle and square, so that two series differ in more than colour. */
export function marks(series: Series[], colours: Paint): Plugin {
  return {
    id: 'marks',
    afterDatasetsDraw(chart) {
      series.forEach((one, index) => {
        if (!one.ranges) return;
        chart.getDatasetMeta(index).data.forEach((bar, row) => {
          const value = one.values[row];
          if (value === null || value === undefined) return;
          mark(chart.ctx, SHAPES[index % 2]!, bar.x, chart.scales.y!.getPixelForValue(value), colours.of(one.colour), colours.surface);
        });
      });
    },
  };
}

function mark(pen: CanvasRenderingContext2D, shape: 'circle' | 'square', x: number, y: number, fill: string, ground: string): void {
  pen.save();
  pen.fillStyle = fill;
  pen.strokeStyle = ground;
  pen.lineWidth = 2;
  pen.beginPath();
  if (shape === 'circle') pen.arc(x, y, 5.5, 0, 2 * Math.PI);
  else pen.rect(x - 5, y - 5, 10, 10);
  pen.stroke();
  pen.fill();
  pen.restore();
}

/** Figures at the end of bars that lie, or inside of them where they are stacked. */
export function figures(figure: Figure, colours: Paint): Plugin {
  return {
    id: 'figures',
    afterDatasetsDraw(chart) {
      const { marks: words } = figure;
      if (!words) return;
      const pen = chart.ctx;
      pen.save();
      pen.font = `600 12px ${colours.font}`;
      pen.textBaseline = 'middle';
      figure.series.forEach((one, index) => {
        chart.getDatasetMeta(index).data.forEach((bar, row) => {
          const text = words(one.values[row] ?? 0, row, index);
          const { base } = bar.getProps(['base'], true) as unknown as { base: number };
          if (figure.stacked) {
            if (Math.abs(bar.x - base) < pen.measureText(text).width + 8) return;
            // Stripes run through the bar: the figure needs a plain ground.
            if (one.striped) {
              const width = pen.measureText(text).width + 6;
              pen.fillStyle = colours.of(one.colour);
              pen.fillRect((bar.x + base - width) / 2, bar.y - 8, width, 16);
            }
            pen.fillStyle = colours.on;
            pen.textAlign = 'center';
            pen.fillText(text, (bar.x + base) / 2, bar.y + 1);
          } else {
            pen.fillStyle = colours.text;
            pen.textAlign = 'left';
            pen.fillText(text, bar.x + 6, bar.y + 1);
          }
        });
      });
      pen.restore();
    },
  };
}

/** A faint band behind the row that is being read. */
export function band(figure: Figure, colours: Paint): Plugin {
  return {
    id: 'band',
    beforeDatasetsDraw(chart: Chart) {
      const active = chart.getActiveElements()[0];
      const scale = chart.scales[figure.horizontal ? 'y' : 'x'];
      if (!active || !scale || figure.labels.length === 0) return;
      const { left, right, top, bottom } = chart.chartArea;
      const width = (figure.horizontal ? bottom - top : right - left) / figure.labels.length;
      const middle = scale.getPixelForValue(active.index);
      const pen = chart.ctx;
      pen.save();
      pen.fillStyle = colours.grid;
      if (figure.horizontal) pen.fillRect(left, middle - width / 2, right - left, width);
      else pen.fillRect(middle - width / 2, top, width, bottom - top);
      pen.restore();
    },
  };
}

/** Where prediction and outcome agree. */
export function diagonal(min: number, colours: Paint): Plugin {
  return {
    id: 'diagonal',
    beforeDatasetsDraw(chart) {
      const { x, y } = chart.scales;
      if (!x || !y) return;
      const pen = chart.ctx;
      pen.save();
      pen.strokeStyle = colours.muted;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      pen.moveTo(x.getPixelForValue(min), y.getPixelForValue(min));
      pen.lineTo(x.getPixelForValue(1), y.getPixelForValue(1));
      pen.stroke();
      pen.restore();
    },
  };
}
