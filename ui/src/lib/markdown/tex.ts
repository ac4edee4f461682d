// KaTeX, in its own chunk with its fonts. `trust` stays off: no links, no pictures, no HTML from TeX.
import katex from 'katex';
import 'katex/dist/katex.min.css';

export const tool = {
  tex: (tex: string, display: boolean): string =>
    katex.renderToString(tex, {
      displayMode: display,
      throwOnError: false,
      trust: false,
      strict: 'ignore',
      maxSize: 40,
      maxExpand: 500,
      errorColor: 'var(--problem)',
    }),
};
