// Markdown to HTML as text. Raw HTML is shown as the characters it is made of; nothing is fetched.
import { Marked, type Tokens } from 'marked';
import { escapeHtml, math } from './math';

let streaming = false;

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;

/** An address that may be offered as a link, or null. Control characters and spaces hide schemes, so they go first. */
export function safeLink(address: string): string | null {
  const bare = address.replace(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\ufeff]/g, '');
  return SAFE_LINK.test(bare) ? bare : null;
}

const anchor = (url: string, inner: string) =>
  `<a href="${escapeHtml(url)}" title="${escapeHtml(url)}" rel="noreferrer">${inner}</a>`;

const parser = new Marked({ gfm: true, breaks: false, async: false });
parser.use(math(() => streaming));
parser.use({
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      const url = safeLink(href);
      return url ? anchor(url, inner) : inner;
    },
    image({ href, text }) {
      // A picture would be fetched from somewhere else, which tells that place what is being read.
      const alt = `<span class="image-alt">Image: ${escapeHtml(text || 'no description')}</span>`;
      const url = safeLink(href);
      return url ? `${alt} ${anchor(url, 'Open image')}` : alt;
    },
    code({ text, lang }) {
      const language = (lang ?? '').split(/\s/)[0]?.toLowerCase().replace(/[^a-z0-9+#-]/g, '') ?? '';
      return `<pre data-lang="${escapeHtml(language)}"><code>${escapeHtml(text)}</code></pre>`;
    },
    table(token) {
      const cell = (tag: 'th' | 'td') => (c: Tokens.TableCell) =>
        `<${tag}${c.align ? ` align="${c.align}"` : ''}>${this.parser.parseInline(c.tokens)}</${tag}>`;
      const row = (cells: string[]) => `<tr>${cells.join('')}</tr>`;
      const head = row(token.header.map(cell('th')));
      const body = token.rows.map((r) => row(r.map(cell('td')))).join('');
      return `<div class="table"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>`;
    },
  },
});

/** The top-level pieces of a text. `open`: more is still to come, so an unfinished piece at the end is allowed. */
export function lex(text: string, open: boolean) {
  streaming = open;
  try {
    return parser.lexer(text);
  } finally {
    streaming = false;
  }
}

/** Not yet sanitised: only `render` may show this. */
export function parse(text: string, open = false): string {
  streaming = open;
  try {
    return parser.parse(text) as string;
  } finally {
    streaming = false;
  }
}
