// KaTeX, in its own chunk with its fonts. `trust` stays off: no links, no pictures, no HTML from TeX.
import katex from 'katex';
import 'katex/dist/katex.min.css';

/** `maxSize` limits rules and not moves: a formula could be laid over the window. Ems. */
const FURTHEST = 60;
const within = (html: string): string =>
  html.replace(/style="[^"]*"/g, (style) => style.replace(/-?\d+(?:\.\d+)?(?=em)/g, (ems) => String(Math.max(-FURTHEST, Math.min(FURTHEST, Number(ems))))));

export const tool = {
  tex: (tex: string, display: boolean): string =>
    within(katex.renderToString(tex, {
      displayMode: display,
      throwOnError: false,
      trust: false,
      strict: 'ignore',
      maxSize: 40,
      maxExpand: 500,
      errorColor: 'var(--problem)',
    })),
};
