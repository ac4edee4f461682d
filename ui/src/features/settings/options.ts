// What a person types for the options of reviewing, read and checked. The limits are the core's own (review/options.rs).
import type { ReviewOptions } from '$lib/bindings';

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const LONGEST_STEP = 86_400;
const MOST_STEPS = 20;
export const LONGEST_INTERVAL = 36_500;
export const MOST_A_DAY = 9_999;
export const RETENTION = { least: 0.7, most: 0.97 };

/** What was read, or why it cannot be. */
export type Read<T> = { value: T } | { problem: string };

/** Steps as in Anki: "1m 10m", "30s", "1h", "1d"; a number alone is minutes. Seconds. */
export function readSteps(text: string): Read<number[]> {
  const steps: number[] = [];
  for (const word of text.trim().split(/[\s,]+/).filter(Boolean)) {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd]?)$/i.exec(word) ?? [];
    if (amount === undefined) return { problem: `“${word}” is not a step. Write them like this: 1m 10m, with s, m, h or d.` };
    const seconds = Math.round(Number(amount) * UNITS[unit?.toLowerCase() || 'm']!);
    if (seconds < 1 || seconds > LONGEST_STEP) return { problem: `“${word}” is out of range. A step lies between one second and one day.` };
    steps.push(seconds);
  }
  return steps.length > MOST_STEPS ? { problem: 'There can be at most 20 steps.' } : { value: steps };
}

/** The same steps as text, each in its largest whole unit. */
export function stepsText(steps: readonly number[]): string {
  const units = Object.entries(UNITS).reverse();
  return steps.map((step) => {
    const [name, length] = units.find(([, size]) => step % size === 0) ?? ['s', 1];
    return `${step / length}${name}`;
  }).join(' ');
}

export function readWhole(text: string, least: number, most: number): Read<number> {
  const digits = text.trim().replace(/[\s,.’'](?=\d{3}\b)/g, '');
  const value = /^\d{1,7}$/.test(digits) ? Number(digits) : NaN;
  if (!(value >= least && value <= most)) {
    return { problem: `Write a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}.` };
  }
  return { value };
}

export const sameOptions = (a: ReviewOptions, b: ReviewOptions): boolean =>
  (Object.keys({ ...a, ...b }) as (keyof ReviewOptions)[]).every((key) =>
    key === 'desiredRetention' ? Math.abs((a[key] ?? 0) - (b[key] ?? 0)) < 0.000_5 : JSON.stringify(a[key]) === JSON.stringify(b[key]));
