// Deletions as Anki writes them, `{{c1::hidden}}` and `{{c1::hidden::hint}}`, for both sides of a card. What is hidden is
// taken out of the text before anything is drawn of it, so that nothing on the page holds it while the question is asked.
// What takes its place, or was hidden, is put between marks that Markdown and code colouring leave alone; they become
// elements once all is drawn, or a box where TeX is drawn.

export type Deletion = { number: number; text: string; hint: string | null; start: number; end: number };

const OPENING = /\{\{c(\d{1,4})::/g;
/** Noncharacters of Unicode, which no text contains; with a bracket, after which `*` and `_` mean what they do after `::`. */
const BLANK = ['\ufdd0\u2e28', '\u2e29\ufdd1'] as const;
const SHOWN = ['\ufdd2\u2e28', '\u2e29\ufdd3'] as const;
const MARK = /\ufdd0\u2e28|\u2e29\ufdd1|\ufdd2\u2e28|\u2e29\ufdd3/;
const MARKS = new RegExp(MARK.source, 'g');

/** Where what begins at `from` ends: at the first `}}` with as many braces opened as closed before it, as TeX needs. */
function closing(text: string, from: number): number {
  let depth = 0;
  let first = -1;
  for (let i = from; i < text.length; i += 1) {
    if (text.startsWith('}}', i)) {
      if (depth === 0) return i;
      if (first < 0) first = i;
    }
    if (text.startsWith('{{c', i) && depth === 0) break;
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}') depth = Math.max(0, depth - 1);
  }
  return first;
}

/** Where the `::` before a hint is: the first that is not in code, where it is a path (`String::new`). -1 for none. */
function hintMark(content: string): number {
  let at = 0;
  for (;;) {
    const mark = content.indexOf('::', at);
    const code = content.indexOf('`', at);
    if (mark < 0 || code < 0 || code > mark) return mark;
    const ticks = /^`+/.exec(content.slice(code))![0];
    const end = content.indexOf(ticks, code + ticks.length);
    // What is not closed is a mark like any other.
    at = end < 0 ? code + ticks.length : end + ticks.length;
  }
}

/** The deletions of a text, in the order in which they stand. What is not closed is none. */
export function deletions(text: string): Deletion[] {
  const found: Deletion[] = [];
  OPENING.lastIndex = 0;
  for (let opening = OPENING.exec(text); opening; opening = OPENING.exec(text)) {
    const inner = opening.index + opening[0].length;
    const end = closing(text, inner);
    if (end < 0) continue;
    const content = text.slice(inner, end);
    const mark = hintMark(content);
    const [hidden, hint] = mark < 0 ? [content, null] : [content.slice(0, mark), content.slice(mark + 2)];
    found.push({ number: Number(opening[1]), text: hidden, hint, start: opening.index, end: end + 2 });
    OPENING.lastIndex = end + 2;
  }
  return found;
}

function replaced(text: string, by: (deletion: Deletion) => string): string {
  const clean = text.replace(MARKS, '');
  let result = '';
  let at = 0;
  for (const deletion of deletions(clean)) {
    result += clean.slice(at, deletion.start) + by(deletion);
    at = deletion.end;
  }
  return result + clean.slice(at);
}

/** The numbers that it asks for, each once. */
export const numbers = (text: string): number[] => [...new Set(deletions(text).map(({ number }) => number))].sort((a, b) => a - b);

/** The text as the card of one number has it: only its deletions are left. */
export const only = (text: string, number: number): string =>
  replaced(text, (one) => (one.number === number ? clozed(one) : one.text));

const clozed = ({ number, text, hint }: Deletion) => `{{c${number}::${text}${hint === null ? '' : `::${hint}`}}}`;

const blankWords = ({ hint }: Deletion) => (hint?.trim() ? `[${hint.trim().replace(/\s+/g, ' ')}]` : '[…]');

/** In plain words with what is hidden left out: for names, and for who listens. */
export const asked = (text: string): string => replaced(text, blankWords);

/** In plain words with nothing hidden. */
export const told = (text: string): string => replaced(text, ({ text: hidden }) => hidden);

/** Marks at the beginning of a line that make it a list, a quotation or a heading must stay at its beginning. */
const LEAD = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+)*/;
/** Lines that only say how the others are to be read. */
const FRAME = /^[ \t]*(?:```|~~~|\$\$[ \t]*$|\\[[\]][ \t]*$|\|?[ \t]*:?-+:?[ \t]*\||(?:---+|\*\*\*+)[ \t]*$)/;

function line(text: string): string {
  const lead = LEAD.exec(text)?.[0] ?? '';
  const rest = text.slice(lead.length);
  return rest.trim() && !FRAME.test(text) ? `${lead}${SHOWN[0]}${rest}${SHOWN[1]}` : text;
}

/** Each line and each cell of a table by itself, so that the marks never reach over what Markdown keeps apart. */
function shown({ text }: Deletion): string {
  if (!text.includes('\n')) return `${SHOWN[0]}${text}${SHOWN[1]}`;
  return text.split('\n').map((one) => (/^[ \t]*\|/.test(one) && !FRAME.test(one)
    ? one.replace(/[^|]*[^|\s][^|]*/g, (cell) => `${SHOWN[0]}${cell}${SHOWN[1]}`)
    : line(one))).join('\n');
}

/** Markdown of the side that asks: nothing that is hidden is in it. */
export const questionSide = (text: string): string => replaced(text, (one) => `${BLANK[0]}${blankWords(one)}${BLANK[1]}`);

/** Markdown of the side that answers: what was hidden is marked. */
export const answerSide = (text: string): string => replaced(text, shown);

const TEX_SPECIAL: Record<string, string> = {
  '\\': '\\textbackslash{}', '{': '\\{', '}': '\\}', $: '\\$', '%': '\\%', '#': '\\#', '&': '\\&', _: '\\_', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}',
};

const balanced = (tex: string): boolean => {
  let depth = 0;
  for (const c of tex.replace(/\\[\\{}]/g, '')) {
    if (c === '{') depth += 1;
    else if (c === '}' && (depth -= 1) < 0) return false;
  }
  return depth === 0 && !/&|\\\\|\\(?:begin|end|left|right)\b/.test(tex);
};

/** The same in TeX, where a box is what can be drawn around something. Pieces that a box would break stay without. */
export function clozeTex(tex: string): string {
  if (!MARK.test(tex)) return tex;
  return tex
    .replace(new RegExp(`${BLANK[0]}([\\s\\S]*?)${BLANK[1]}`, 'g'), (_, words: string) => `\\boxed{\\text{${words.replace(/[\\{}$%#&_^~]/g, (c) => TEX_SPECIAL[c] ?? c)}}}`)
    .replace(new RegExp(`${SHOWN[0]}([\\s\\S]*?)${SHOWN[1]}`, 'g'), (_, piece: string) => (balanced(piece) ? `\\boxed{${piece}}` : piece))
    .replace(MARKS, '');
}

const CLASS: Record<string, string> = { [BLANK[0]]: 'cloze-blank', [SHOWN[0]]: 'cloze-shown' };

function wrap(node: Node, className: string): void {
  const span = document.createElement('span');
  span.className = className;
  node.parentNode?.replaceChild(span, node);
  span.append(node);
}

/** Makes elements of the marks in what was drawn. They may open in one element and close in another, as in coloured code. */
export function drawClozes(root: ParentNode): void {
  const walker = document.createTreeWalker(root as Node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const nodes: Node[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  if (!nodes.some((node) => MARK.test(node instanceof Element ? attributesOf(node) : (node.nodeValue ?? '')))) return;
  let open: string | null = null;
  for (const node of nodes) {
    if (node instanceof Element) {
      for (const { name, value } of [...node.attributes]) if (MARK.test(value)) node.setAttribute(name, value.replace(MARKS, ''));
      if (open && node.matches('[data-math]')) wrap(node, open);
    } else if (!node.parentElement?.closest('[data-math] .katex')) open = split(node as Text, open);
  }
}

const attributesOf = (element: Element) => [...element.attributes].map(({ value }) => value).join('');

function split(node: Text, open: string | null): string | null {
  const pieces = node.data.split(new RegExp(`(${MARK.source})`));
  if (pieces.length === 1 && !open) return null;
  const made: Node[] = [];
  for (const piece of pieces) {
    if (MARK.test(piece)) open = CLASS[piece] ?? null;
    else if (piece) {
      const text = document.createTextNode(piece);
      made.push(text);
      if (!open) continue;
      const span = document.createElement('span');
      span.className = open;
      span.append(text);
      made[made.length - 1] = span;
    }
  }
  node.replaceWith(...made);
  return open;
}
