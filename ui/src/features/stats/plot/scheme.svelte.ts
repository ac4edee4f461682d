// A canvas does not follow CSS: this says when the colours have changed, and what they are now.
import './palette.css';
import type { Colour } from '../figure';

class Scheme {
  /** Counted up with each change between light and dark; drawings that read it are drawn again. */
  version = $state(0);

  constructor() {
    const changed = () => (this.version += 1);
    matchMedia?.('(prefers-color-scheme: dark)').addEventListener?.('change', changed);
    new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }
}

export const scheme = new Scheme();

export type Paint = {
  text: string;
  muted: string;
  surface: string;
  grid: string;
  line: string;
  on: string;
  font: string;
  of: (colour: Colour) => string;
};

/** The colours as they are at this moment. */
export function paint(): Paint {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read('--text'),
    muted: read('--muted'),
    surface: read('--surface'),
    grid: read('--chart-grid'),
    line: read('--line-strong'),
    on: read('--chart-on'),
    font: getComputedStyle(document.body).fontFamily,
    of: (colour) => read(`--chart-${colour}`),
  };
}

/** Stripes for what must be told apart by more than its colour. */
export function striped(colour: string, ground: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = ground;
  pen.lineWidth = 1.4;
  for (const shift of [-6, 0, 6]) {
    pen.beginPath();
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
    pen.stroke();
  }
  return pen.createPattern(tile, 'repeat') ?? colour;
}
