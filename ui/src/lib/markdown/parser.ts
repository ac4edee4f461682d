// Markdown to HTML as text. Raw HTML is shown as the characters it is made of; nothing is fetched.
import { Marked, type Token, type Tokens } from 'marked';
import { escapeHtml, math } from './math';

let streaming = false;

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;

/** An address that may be offered as a link, or null. Control characters and spaces hide schemes, so they go first. */
export function safeLink(address: string): string | null {
  const bare = address.replace(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\ufeff]/g, '');
  return SAFE_LINK.test(bare) ? bare : null;
}

export const languageOf = (info: string | undefined): string =>
  (info ?? '').split(/\s/)[0]!.toLowerCase().replace(/[^a-z0-9+#-]/g, '');

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
      // A picture would be fetched from somewhere else, which tells that place what is being read: only its place is made.
      const url = safeLink(href);
      const alt = escapeHtml(text);
      if (!url || !/^https?:/i.test(url)) return `<span class="image-alt">Picture${alt && `: ${alt}`}</span>`;
      return `<span class="picture" data-picture="${escapeHtml(url)}">${alt}</span>`;
    },
    code({ text, lang }) {
      const language = languageOf(lang);
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

/** Brackets within brackets beyond this are no links: finding their ends would take the square of their number. */
const DEEPEST = 100;

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  // No link goes over a blank line, so half-open intervals all over a long text do not add up.
  for (const mark of text.match(/[[\]]|\n[ \t]*\n/g) ?? []) {
    depth = mark === '[' ? depth + 1 : mark === ']' ? Math.max(0, depth - 1) : 0;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function notTooDeep(text: string): string {
  if (nestsTooDeep(text)) throw new RangeError('brackets are nested too deep');
  return text;
}

/** What is nested thousands deep is no text: the parser runs out of stack, and it is shown as it was written. */
function tooDeep(error: unknown): [] {
  if (error instanceof RangeError) return [];
  throw error;
}

/** The top-level pieces of a text. `open`: more is still to come, so an unfinished piece at the end is allowed. */
export function lex(text: string, open: boolean): Token[] {
  streaming = open;
  try {
    return parser.lexer(notTooDeep(text));
  } catch (error) {
    return [{ type: 'paragraph', raw: text, text, tokens: [] } satisfies Tokens.Paragraph, ...tooDeep(error)];
  } finally {
    streaming = false;
  }
}

/** Not yet sanitised: only `render` may show this. */
export function parse(text: string, open = false): string {
  streaming = open;
  try {
    return parser.parse(notTooDeep(text)) as string;
  } catch (error) {
    tooDeep(error);
    return `<p>${escapeHtml(text)}</p>`;
  } finally {
    streaming = false;
  }
}
