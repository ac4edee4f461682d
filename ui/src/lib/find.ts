// Finding words in texts: in Markdown that is not drawn, roughly as it would be drawn, and in what is drawn, exactly.
import { drawRest } from './markdown/frames';

/** Lower case without a change of length, so that places in it are places in the text. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join('');
}

/** Where `needle` (folded) stands in `text` (folded); not overlapping. */
export function places(text: string, needle: string, most = 10_000): number[] {
  const found: number[] = [];
  if (!needle) return found;
  for (let at = text.indexOf(needle); at >= 0 && found.length < most; at = text.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}

/** Markdown without its marks, one line to a line. */
export function plain(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(?:```|~~~)[^\n]*$/gm, '')
    .replace(/^[ \t>]*(?:#{1,6}[ \t]+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,9}[.)][ \t]+)/gm, '')
    .replace(/!\[[^\]\n]*\]\([^)\n]*\)/g, '')
    .replace(/\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
    .replace(/\*\*|__|~~|(?<![\\\w])[*_](?=\S)|(?<=\S)[*_](?!\w)|`/g, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

const BLOCK = /^(?:P|LI|TR|TD|TH|PRE|DIV|H[1-6]|BLOCKQUOTE|BR)$/;
/** Not part of the text: names of languages, buttons, and the formulas' second copy for screen readers. */
const ASIDE = '.code-head, button, .katex-mathml, .visually-hidden';

/** Each place of `needle` (folded) in what is drawn below `root`. */
export function ranges(root: Element, needle: string, most = 2_000): Range[] {
  if (!needle) return [];
  drawRest(root);
  let text = '';
  const pieces: { node: Text; from: number }[] = [];
  const walk = (node: Node) => {
    if (node instanceof Text) {
      pieces.push({ node, from: text.length });
      text += node.data;
    } else if (node instanceof Element && !node.matches(ASIDE)) {
      if (BLOCK.test(node.tagName)) text += '\n';
      node.childNodes.forEach(walk);
    }
  };
  walk(root);
  let piece = 0;
  /** The piece that holds the character at `at`; asked for in order. */
  const holding = (at: number) => {
    while (piece + 1 < pieces.length && pieces[piece + 1]!.from <= at) piece += 1;
    return pieces[piece]!;
  };
  return places(folded(text), needle, most).map((at) => {
    const range = document.createRange();
    const first = holding(at);
    range.setStart(first.node, Math.min(at - first.from, first.node.length));
    const last = holding(at + needle.length - 1);
    range.setEnd(last.node, Math.min(at + needle.length - last.from, last.node.length));
    return range;
  });
}
