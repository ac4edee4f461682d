// Code in parts of some dozens of lines. A part is coloured by itself and never again, so that long code that grows costs what
// comes, not what is there.

/** Shorter code is one part, and coloured as a whole. Lines. */
const LEAST = 40;
/** A part ends at an empty line, where nothing usually goes on, or here. */
const MOST = 80;
/** A line that is longer is data, and not worth its colours. */
const LONGEST_LINE = 2_000;

/** The same parts however much follows. */
export function parts(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    const empty = text[at + 1] === '\n';
    if (lines < MOST && !(lines >= LEAST && empty)) continue;
    const to = empty ? at + 2 : at + 1;
    if (to >= text.length) break;
    found.push(text.slice(from, to));
    from = to;
    lines = 0;
    at = to - 1;
  }
  found.push(text.slice(from));
  return found;
}

/** Parts that are not the last of their code, coloured: the same code is drawn again when a conversation is come back to. */
const known = new Map<string, string>();
const KEPT = 400;

function colouredPart(text: string, language: string, colour: (code: string) => string | null, whole: boolean): string | null {
  if (text.split('\n').some((line) => line.length > LONGEST_LINE)) return null;
  // What grows is another text with each frame.
  if (!whole) return colour(text);
  const key = `${language}\n${text}`;
  const html = known.get(key) ?? colour(text);
  known.delete(key);
  if (html === null) return null;
  if (known.size >= KEPT) known.delete(known.keys().next().value ?? '');
  known.set(key, html);
  return html;
}

/** Puts `text` into `code`, of which an earlier part of the same text may be there. */
export function fill(code: HTMLElement, text: string, language: string, colour: ((code: string) => string | null) | null): void {
  const all = parts(text);
  const coloured = colour ? 'coloured' : 'plain';
  if (code.dataset.as !== coloured || !code.firstElementChild) code.replaceChildren();
  code.dataset.as = coloured;
  while (code.childElementCount > all.length) code.lastElementChild!.remove();
  for (let i = Math.max(0, code.childElementCount - 1); i < all.length; i += 1) {
    const wanted = all[i]!;
    let part = code.children[i] as HTMLElement | undefined;
    if (!part) {
      part = document.createElement('span');
      part.className = 'part';
      code.append(part);
    }
    const html = colour ? colouredPart(wanted, language, colour, i < all.length - 1) : null;
    if (html) part.innerHTML = html;
    else part.textContent = wanted;
  }
}
