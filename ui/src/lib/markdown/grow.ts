// Draws a block that is still being written: only what is new in it is put into the page, and what is there when it ends stays.
import type { Tokens } from 'marked';
import { fill } from './code';
import { languageOf, lex } from './parser';
import { patch } from './patch';
import { colouring, draw, drawCode, ready } from './render';

/** A fence without its end: as it is what grows longest, it goes to the page without the parser. */
const OPEN_CODE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*\n([\s\S]*)$/;
const GROWING = ':scope > .code > [data-growing] > code';

/** Code that has no end yet is put into the page piece by piece; false when `text` is anything else. */
function growCode(node: HTMLElement, text: string): boolean {
  const [, mark, name, body] = OPEN_CODE.exec(text) ?? [];
  if (!mark || new RegExp(`^ {0,3}${mark}`, 'm').test(body!)) return false;
  const language = languageOf(name);
  let code = node.querySelector<HTMLElement>(GROWING);
  if (!code) {
    const pre = document.createElement('pre');
    pre.dataset.lang = language;
    pre.dataset.growing = '';
    code = pre.appendChild(document.createElement('code'));
    node.replaceChildren(pre);
    drawCode(pre);
  }
  fill(code, body!, language, colouring(language));
  return true;
}

/** The code that grew in `node` keeps its element and its colours; only its end is drawn again. */
function endCode(node: HTMLElement, text: string): boolean {
  const code = node.querySelector<HTMLElement>(GROWING);
  // With spaces before its fence code loses as many at each line, which it did not while it grew.
  if (!code || !/^[`~]/.test(text)) return false;
  const tokens = lex(text, false).filter(({ type }) => type !== 'space');
  const [only] = tokens as Tokens.Code[];
  if (only?.type !== 'code' || tokens.length > 1) return false;
  const language = languageOf(only.lang);
  if (code.parentElement!.dataset.lang !== language) return false;
  fill(code, only.text, language, colouring(language));
  delete code.parentElement!.dataset.growing;
  return true;
}

/** A table's first two lines. */
const HEAD = /^ {0,3}\|[^\n]*\n {0,3}\|[ \t:|-]*\n/;
/** A shorter table is drawn as a whole each time. */
const LONG_TABLE = 2_000;

type Table = { head: string; /** What is drawn for good, to the end of a line. */ done: string; rows: number; tex: boolean };
const tables = new WeakMap<HTMLElement, Table>();

const rowsOf = (fragment: DocumentFragment) => [...fragment.querySelectorAll('tbody > tr')];

/** A long table's finished rows are drawn once. False when `text` is anything else. */
function growTable(node: HTMLElement, text: string): boolean {
  if (text.length < LONG_TABLE) return false;
  const head = HEAD.exec(text)?.[0];
  if (!head) return false;
  let known = tables.get(node);
  if (!known || known.tex !== ready('tex') || !text.startsWith(known.done) || !node.querySelector(':scope > .table tbody')) {
    const fragment = draw(head, false);
    if (!fragment.querySelector('table')) return false;
    known = { head, done: head, rows: 0, tex: ready('tex') };
  }
  const to = text.lastIndexOf('\n') + 1;
  const fresh = text.slice(known.done.length, Math.max(to, known.done.length));
  const last = text.slice(known.done.length + fresh.length);
  if (!fresh.concat(last).split('\n').every((line, i, all) => /^ {0,3}\|/.test(line) || (i === all.length - 1 && line.trim() === ''))) return false;
  if (known.rows === 0) patch(node, draw(head + fresh, false));
  const body = node.querySelector('tbody')!;
  if (known.rows === 0) known.rows = body.childElementCount;
  else {
    while (body.childElementCount > known.rows) body.lastElementChild!.remove();
    const rows = fresh ? rowsOf(draw(known.head + fresh, false)) : [];
    body.append(...rows);
    known.rows += rows.length;
  }
  known.done += fresh;
  if (last.trim()) body.append(...rowsOf(draw(known.head + last, true)));
  tables.set(node, known);
  return true;
}

/** Draws a block that is still being written into its place. */
export function grow(node: HTMLElement, text: string): void {
  if (growCode(node, text) || growTable(node, text)) return;
  tables.delete(node);
  patch(node, draw(text, true));
}

/** Draws a block that grew in `node` as it is for good. */
export function end(node: HTMLElement, text: string): void {
  tables.delete(node);
  if (!endCode(node, text)) patch(node, draw(text, false));
}
