// TeX in Markdown: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` on their own. Only finds it; KaTeX draws it later.
import type { MarkedExtension, Tokens } from 'marked';

type MathToken = Tokens.Generic & { tex: string; display: boolean; open: boolean };

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

const BLOCK = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n+|$)/;
/** A display that is still being written: everything up to the end belongs to it. */
const OPEN_BLOCK = /^ {0,3}(?:\$\$|\\\[)([\s\S]*)$/;
// As in pandoc: no space inside the dollars and no digit after them, so that "$5 and $10" stays money.
const INLINE_DOLLAR = /^\$(?!\s)((?:\\[\s\S]|[^\\$\n])+?)(?<!\s)\$(?!\d)/;
const INLINE_DISPLAY = /^\$\$(?!\s*\$)((?:\\[\s\S]|[^\\$])+?)\$\$/;
const INLINE_PAREN = /^\\\(([\s\S]+?)\\\)/;
const INLINE_BRACKET = /^\\\[([\s\S]+?)\\\]/;

function html(token: MathToken): string {
  if (token.open) return `<pre class="math-open">${escapeHtml(token.raw)}</pre>`;
  const tag = token.display ? 'div' : 'span';
  return `<${tag} data-math="${token.display ? 'display' : 'inline'}">${escapeHtml(token.tex)}</${tag}>`;
}

/** The extension; `streaming()` says whether a display without its end is one that is still being written. */
export function math(streaming: () => boolean): MarkedExtension {
  return {
    extensions: [
      {
        name: 'mathBlock',
        level: 'block',
        start: (src) => src.match(/(?:^|\n) {0,3}(?:\$\$|\\\[)/)?.index,
        tokenizer(src): MathToken | undefined {
          const found = BLOCK.exec(src);
          if (found) {
            const tex = (found[1] ?? found[2] ?? '').trim();
            return { type: 'mathBlock', raw: found[0], tex, display: true, open: false };
          }
          const open = streaming() ? OPEN_BLOCK.exec(src) : null;
          return open ? { type: 'mathBlock', raw: open[0], tex: open[1] ?? '', display: true, open: true } : undefined;
        },
        renderer: (token) => html(token as MathToken),
      },
      {
        name: 'mathInline',
        level: 'inline',
        start: (src) => src.match(/\$|\\[([]/)?.index,
        tokenizer(src): MathToken | undefined {
          const shown = INLINE_DISPLAY.exec(src) ?? INLINE_BRACKET.exec(src);
          const found = shown ?? INLINE_DOLLAR.exec(src) ?? INLINE_PAREN.exec(src);
          if (!found) return undefined;
          const tex = (found[1] ?? '').trim();
          // A display inside a paragraph is drawn in line: a block element there would break the paragraph.
          return { type: 'mathInline', raw: found[0], tex, display: false, open: false };
        },
        renderer: (token) => html(token as MathToken),
      },
    ],
  };
}
