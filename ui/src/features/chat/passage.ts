// An answer as it is drawn, letter by letter (what Markdown adds differs by marks, so only letters and digits are compared),
// and the painting of passages of it.
export const LETTER = /[\p{L}\p{N}]/u;

/** The characters from `start` to `end`, counted as the core counts them: by Unicode scalar values. */
export function slice(text: string, start: number, end: number): string {
  return Array.from(text).slice(start, end).join('');
}

/** Where each letter that is drawn stands. */
export type Drawn = { letters: string; at: { node: Node; from: number; to: number }[] };

/** A formula's TeX, which it carries for those who copy it; it is taken as a whole. */
function formula(element: Element): string {
  return (element.querySelector('annotation') ?? element).textContent ?? '';
}

export function drawn(root: Element): Drawn {
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
      if (node.matches('.code-head, .picture, .image-alt')) return;
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

/** The same from text to text: WebKit paints a highlight whose range ends at an element over texts far behind it. */
function inText(range: Range): Range {
  const texts = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  let first: Text | null = null;
  let last: Text | null = null;
  for (let node: Node | null = texts.currentNode; node; node = texts.nextNode()) {
    if (node.nodeType !== Node.TEXT_NODE || !range.intersectsNode(node)) continue;
    first ??= node as Text;
    last = node as Text;
  }
  if (!first || !last) return range;
  const result = document.createRange();
  result.setStart(first, range.startContainer === first ? range.startOffset : 0);
  result.setEnd(last, range.endContainer === last ? range.endOffset : last.length);
  return result;
}

/** Takes away what `paint` did. */
export function unpaint(root: Element, name: string): void {
  globalThis.CSS?.highlights?.delete(name);
  for (const element of root.querySelectorAll(`[data-${name}]`)) element.removeAttribute(`data-${name}`);
}

/**
 * Paints the ranges as the highlight `name`, without touching the text. Formulas in them carry the attribute `data-NAME`,
 * as there is more behind a formula than its letters; without highlights in the engine, blocks do.
 */
export function paint(root: Element, name: string, ranges: Range[]): void {
  unpaint(root, name);
  const capable = globalThis.CSS?.highlights !== undefined && typeof Highlight !== 'undefined';
  if (capable) CSS.highlights.set(name, new Highlight(...ranges.map(inText)));
  for (const element of ranges.length > 0 ? root.querySelectorAll(capable ? '[data-math]' : '.block') : []) {
    if (ranges.some((range) => range.intersectsNode(element))) element.setAttribute(`data-${name}`, '');
  }
}
