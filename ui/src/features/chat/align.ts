// Lays an answer as it is drawn over the Markdown that it was drawn from, letter by letter, so that a selection becomes a
// range of the Markdown, and a range a place on the page. What only one of the two has (addresses of links, words that the
// page adds) is stepped over.
import { drawn, LETTER, type Drawn } from './passage';

/** Enough letters in a row that what follows is taken to be the same again. */
const SURE = 8;
/** How far is looked for where the two go on together, letter against letter: the work grows with its square. */
const FAR = 80;
/** Letters that are hardly found by chance, looked for in all that follows when nothing is near. */
const RARE = 12;
/** So many letters are stepped over when nothing is found, and how far apart the places are that are tried of them. */
const TRIES = 200;
const STEP = 25;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** The Markdown with what is not shown blanked out, at the same places. */
function visible(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(?:```|~~~)[^\n]*$/gm, blank)
    .replace(/^[ \t>]*(?:[-*+][ \t]+\[[ xX]\]|\d{1,9}[.)])(?=[ \t])/gm, blank)
    .replace(/^ {0,3}\[[^\]\n]+\]:[ \t]*\S+.*$/gm, blank)
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, blank)
    .replace(/\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/g, blank)
    .replace(/&(?:amp|lt|gt|quot|nbsp|#\d+);/g, blank);
}

/** Letters of the Markdown and where each stands, in Unicode scalar values. */
function lettersOf(markdown: string): { letters: string; at: number[] } {
  const at: number[] = [];
  let letters = '';
  let place = 0;
  for (const c of visible(markdown)) {
    if (LETTER.test(c)) {
      letters += c;
      for (let unit = 0; unit < c.length; unit += 1) at.push(place);
    }
    place += 1;
  }
  return { letters, at };
}

/** How many letters of each are to be left out until both go on alike. */
function gap(a: string, i: number, b: string, j: number): [number, number] {
  const most = Math.min(FAR, Math.max(a.length - i, b.length - j));
  for (let total = 1; total <= 2 * most; total += 1) {
    for (let inA = Math.max(0, total - most); inA <= Math.min(total, most); inA += 1) {
      const [x, y] = [i + inA, j + total - inA];
      const sure = Math.min(SURE, a.length - x, b.length - y);
      if (sure > 0 && a.startsWith(b.slice(y, y + sure), x)) return [inA, total - inA];
    }
  }
  for (let y = j; y < Math.min(b.length - RARE + 1, j + TRIES); y += STEP) {
    const x = a.indexOf(b.slice(y, y + RARE), i);
    if (x >= 0) return [x - i, y - j];
  }
  // What is only in `b` and this long is no text of `a`; all that was tried is stepped over.
  return [0, Math.min(TRIES, b.length - j)];
}

/** For each letter of `b` the one of `a` that it is, or -1. */
function pair(a: string, b: string): Int32Array {
  const of = new Int32Array(b.length).fill(-1);
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) of[j++] = i++;
    else {
      const [inA, inB] = gap(a, i, b, j);
      i += inA;
      j += inB;
    }
  }
  return of;
}

/** Formulas, which are taken whole. */
const FORMULA = /\$\$[\s\S]+?\$\$|\\\[[\s\S]+?\\\]|\\\([\s\S]+?\\\)|\$(?!\s)(?:\\.|[^\\$\n])+?(?<!\s)\$(?!\d)/g;

/** Takes in the marks around the words (`**`, quotation marks, full stops), the rest of a link, and whole formulas. */
function widen(chars: string[], start: number, end: number): [number, number] {
  const mark = (c: string | undefined) => c !== undefined && !LETTER.test(c) && !/\s/.test(c);
  let from = start;
  while (mark(chars[from - 1])) from -= 1;
  let to = end;
  while (mark(chars[to])) {
    if (chars[to] === ']' && chars[to + 1] === '(') {
      const close = chars.indexOf(')', to);
      if (close < 0) break;
      to = close;
    }
    to += 1;
  }
  return [from, to];
}

function whole(markdown: string, start: number, end: number): [number, number] {
  let [from, to] = [start, end];
  const place = (units: number) => Array.from(markdown.slice(0, units)).length;
  for (const found of markdown.matchAll(FORMULA)) {
    const first = place(found.index);
    const last = first + Array.from(found[0]).length;
    if (first < from && from < last) from = first;
    if (first < to && to < last) to = last;
  }
  return [from, to];
}

/** How many of these, which are in order, are less. */
function below(places: number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Alignment {
  readonly #drawn: Drawn;
  readonly #source: { letters: string; at: number[] };
  readonly #of: Int32Array;
  readonly #chars: string[];

  constructor(readonly root: Element, readonly markdown: string) {
    this.#drawn = drawn(root);
    this.#source = lettersOf(markdown);
    this.#of = pair(this.#source.letters, this.#drawn.letters);
    this.#chars = Array.from(markdown);
  }

  /** Where the drawn letter begins (or ends) seen from an edge of the range: before it, at it, after it. */
  #against(range: Range, index: number, end: 'from' | 'to', edge: 'start' | 'end'): number {
    const letter = this.#drawn.at[index]!;
    const point = document.createRange();
    point.setStart(letter.node, letter[end]);
    // The constants name the edge of the other range first (DOM, "compareBoundaryPoints"): END_TO_START is its end against our start.
    return point.compareBoundaryPoints(edge === 'start' ? Range.START_TO_START : Range.END_TO_START, range);
  }

  /** The first letter for which `is` holds; it holds for all after it. */
  #first(is: (index: number) => boolean): number {
    let [low, high] = [0, this.#drawn.at.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (is(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The range of the Markdown that a selection shows, or null when it holds no word of it. */
  toSource(range: Range): { start: number; end: number } | null {
    const first = this.#first((index) => this.#against(range, index, 'to', 'start') > 0);
    const after = this.#first((index) => this.#against(range, index, 'from', 'end') >= 0);
    let start = -1;
    let end = -1;
    for (let index = first; index < after; index += 1) {
      const of = this.#of[index]!;
      if (of < 0) continue;
      const place = this.#source.at[of]!;
      if (start < 0) start = place;
      end = place + 1;
    }
    if (start < 0) return null;
    [start, end] = widen(this.#chars, start, end);
    [start, end] = whole(this.markdown, start, end);
    return { start, end };
  }

  /** Where a range of the Markdown is drawn, or null when it is not, or only a little of it. */
  toRange(start: number, end: number): Range | null {
    let first = -1;
    let last = -1;
    let found = 0;
    for (let index = 0; index < this.#of.length; index += 1) {
      const of = this.#of[index]!;
      if (of < 0) continue;
      const place = this.#source.at[of]!;
      if (place >= end) break;
      if (place < start) continue;
      if (first < 0) first = index;
      last = index;
      found += 1;
    }
    const wanted = below(this.#source.at, end) - below(this.#source.at, start);
    if (found < wanted / 2) return null;
    const [from, to] = [this.#drawn.at[first], this.#drawn.at[last]];
    if (!from || !to || !from.node.isConnected || !to.node.isConnected) return null;
    const range = document.createRange();
    range.setStart(from.node, from.from);
    range.setEnd(to.node, to.to);
    return range;
  }
}
