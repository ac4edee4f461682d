// Numbers, dates and spans as the person's locale writes them; the words around them are the window's.
const kept = new Map<string, Intl.NumberFormat>();

function formatter(locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let made = kept.get(key);
  if (!made) kept.set(key, (made = new Intl.NumberFormat(locale, options)));
  return made;
}

export type Locale = string | undefined;

export const number = (value: number, digits = 0, locale?: Locale): string =>
  formatter(locale, { maximumFractionDigits: digits }).format(value);

/** A difference: "+1.2", "-3", "0". */
export const signed = (value: number, digits = 0, locale?: Locale): string =>
  formatter(locale, { maximumFractionDigits: digits, signDisplay: 'exceptZero' }).format(value);

/** For axes, where there is room for little: 12,000 as "12K". */
export const short = (value: number, locale?: Locale): string =>
  Math.abs(value) < 10_000
    ? number(value, 2, locale)
    : formatter(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value);

/** A share of 0 to 1 as a percentage. What is not quite all must not read as all, nor what is not quite none as none. */
export function percent(share: number, digits = 0, locale?: Locale): string {
  const smallest = 0.01 / 10 ** digits;
  const shown = share > 0 && share < 1 ? Math.min(1 - smallest, Math.max(smallest, share)) : share;
  return formatter(locale, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(shown);
}

/** "1 card", "1,204 cards". */
export const count = (value: number, noun: string, locale?: Locale): string =>
  `${number(value, 0, locale)} ${noun}${value === 1 ? '' : 's'}`;

/** Time spent, seconds: "40 s", "12 min", "3 h 5 min", "1,204 h". */
export function duration(seconds: number, locale?: Locale): string {
  if (seconds < 59.5) return `${number(seconds, 0, locale)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 || hours >= 100 ? `${number(hours, 0, locale)} h` : `${hours} h ${rest} min`;
}

/** A span of days: "3 days", "2.4 months", "1.5 years". */
export function span(days: number, locale?: Locale): string {
  const worded = (value: number, digits: number, noun: string) => {
    const text = number(value, digits, locale);
    return `${text} ${noun}${text === '1' ? '' : 's'}`;
  };
  if (days < 60) return worded(days, days < 10 ? 1 : 0, 'day');
  if (days < 365) return worded(days / 30.4375, 1, 'month');
  return worded(days / 365.25, 1, 'year');
}
