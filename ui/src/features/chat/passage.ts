// Finds a passage of an answer's Markdown in the answer as it is drawn, and marks it. The two texts differ by marks
// (asterisks, numbers of lists, addresses of links), so only their letters and digits are compared.

/** The name of the highlight in CSS. */
const NAME = 'passage';
/** Without highlights in the engine, the blocks that hold the passage carry this attribute. */
const ATTRIBUTE = 'data-passage';
const LETTER = /[\p{L}\p{N}]/u;

/** What Markdown writes and does not show, with the letters in it. Lengths change, so it is only for comparing. */
function shown(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(```|~~~)[^\n]*$/gm, ' ')
    .replace(/^([ \t>]*)(?:[-*+][ \t]+\[[ xX]\]|\d{1,9}[.)])(?=[ \t])/gm, '$1 ')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, 'Image: $1 Open image ')
    .replace(/\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/g, '] ')
    .replace(/&(?:amp|lt|gt|quot|nbsp|#\d+);/g, ' ');
}

const lettersOf = (text: string): string => Array.from(text).filter((c) => LETTER.test(c)).join('');

/** The characters from `start` to `end`, counted as the core counts them: by Unicode scalar values. */
export function slice(text: string, start: number, end: number): string {
  return Array.from(text).slice(start, end).join('');
}

/** Where each letter that is drawn stands. */
type Drawn = { letters: string; at: { node: Node; from: number; to: number }[] };

/** A formula's TeX, which it carries for those who copy it; it is taken as a whole. */
function formula(element: Element): string {
  return (element.querySelector('annotation') ?? element).textContent ?? '';
}

function drawn(root: Element): Drawn {
  const result: Drawn = { letters: '', at: [] };
  const add = (text: string, place: (index: number, length: number) => Drawn['at'][number]) => {
    let index = 0;
    for (const c of text) {
      if (LETTER.test(c)) {
        // One entry for each UTF-16 unit, as searching a string counts them.
        for (let unit = 0; unit < c.length; unit += 1) result.at.push(place(index, c.length));
        result.letters += c;
      }
      index += c.length;
    }
  };
  const walk = (node: Node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      add(node.textContent ?? '', (index, length) => ({ node, from: index, to: index + length }));
    } else if (node instanceof Element) {
      if (node.matches('.code-head')) return;
      if (node.matches('[data-math]')) {
        const parent = node.parentNode!;
        const index = Array.prototype.indexOf.call(parent.childNodes, node) as number;
        add(formula(node), () => ({ node: parent, from: index, to: index + 1 }));
      } else node.childNodes.forEach(walk);
    }
  };
  walk(root);
  return result;
}

/** The place of `wanted` nearest to where it should be. */
function nearest(text: string, wanted: string, expected: number): number {
  let best = -1;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (best >= 0 && Math.abs(at - expected) >= Math.abs(best - expected)) break;
    best = at;
  }
  return best;
}

/** The passage in the drawn text, or null when it is not there as it was. */
export function find(root: Element, markdown: string, start: number, end: number): Range | null {
  const wanted = lettersOf(shown(slice(markdown, start, end)));
  if (!wanted) return null;
  const { letters, at } = drawn(root);
  const found = nearest(letters, wanted, lettersOf(shown(slice(markdown, 0, start))).length);
  const first = at[found];
  const last = at[found + wanted.length - 1];
  if (!first || !last) return null;
  const range = document.createRange();
  range.setStart(first.node, first.from);
  range.setEnd(last.node, last.to);
  return range;
}

/** Takes away what `mark` did. */
export function unmark(root: Element): void {
  globalThis.CSS?.highlights?.delete(NAME);
  root.removeAttribute(ATTRIBUTE);
  root.querySelectorAll(`[${ATTRIBUTE}]`).forEach((block) => block.removeAttribute(ATTRIBUTE));
}

/** Marks the passage, or the whole answer when there is no range. */
export function mark(root: Element, range: Range | null): void {
  unmark(root);
  if (!range) root.setAttribute(ATTRIBUTE, 'whole');
  else if (globalThis.CSS?.highlights && typeof Highlight !== 'undefined') {
    CSS.highlights.set(NAME, new Highlight(range));
    // Behind a formula there is more than its letters.
    const formulas = [...root.querySelectorAll('[data-math]')].filter((formula) => range.intersectsNode(formula));
    for (const formula of formulas) formula.setAttribute(ATTRIBUTE, 'formula');
  } else {
    const blocks = [...root.querySelectorAll('.block')].filter((block) => range.intersectsNode(block));
    for (const block of blocks) block.setAttribute(ATTRIBUTE, 'block');
  }
}
