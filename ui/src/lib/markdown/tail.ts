// The end of a text that is still being written, as it will most likely go on: what would be drawn as one thing now and
// another in a moment is completed, or held back until it is clear. Nothing flickers, nothing jumps.

/** A held back piece that is longer than this is not what it was taken for. */
const LONGEST = 400;

/** Lines that are only marks so far: the beginning of a list, a rule, a heading, a fence, a table. */
const ONLY_MARKS = /(?:^|\n)[ \t>]*(?:[-*+_=#`~|:]+|\d{1,9}[.)]?)[ \t]*$/;

/** A table shows once its second line says that it is one. */
function heldTable(text: string): boolean {
  if (!/^ {0,3}\|/.test(text)) return false;
  const [, second, third] = text.split('\n', 3);
  return third === undefined && (second === undefined || /^[ \t|:-]*$/.test(second));
}

/** Where the last line that may still change begins to be one of code, a link, a formula; with what it becomes. */
function completed(line: string): string {
  let out = '';
  let at = 0;
  const marks: string[] = [];
  while (at < line.length) {
    const rest = line.slice(at);
    const code = /^`+/.exec(rest)?.[0];
    if (code) {
      const end = rest.indexOf(code, code.length);
      if (end < 0) return out + (rest.length > code.length ? `${code}${rest.slice(code.length)}${code}` : '') + marks.reverse().join('');
      out += rest.slice(0, end + code.length);
      at += end + code.length;
      continue;
    }
    const formula = /^(?:\\\(|\\\[|\$\$?(?=[^\s\d$]))/.exec(rest)?.[0];
    if (formula) {
      const close = { '\\(': '\\)', '\\[': '\\]' }[formula] ?? formula;
      const end = rest.indexOf(close, formula.length);
      if (end < 0 && rest.length < LONGEST) return finish(out, marks);
      const length = end < 0 ? formula.length : end + close.length;
      out += rest.slice(0, length);
      at += length;
      continue;
    }
    const link = /^!?\[/.exec(rest)?.[0];
    if (link) {
      const whole = /^!?\[[^\]]*\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+"[^"]*")?\)|\[[^\]]*\])/.exec(rest)?.[0];
      if (whole) {
        out += whole;
        at += whole.length;
        continue;
      }
      const begun = /^!?\[([^\]]*)(\]\([^)]*|\]|)$/.exec(rest);
      if (begun && rest.length < LONGEST) {
        // A picture waits; a link's words are there already.
        out += link === '![' ? '' : begun[1]!;
        return finish(out, marks);
      }
    }
    const mark = /^(?:\*{1,3}|~~|(?<![\w])_{1,2})/.exec(rest)?.[0];
    if (mark && !(mark[0] === '_' && /\w$/.test(out))) {
      const open = marks.lastIndexOf(mark);
      // Nothing follows yet, and nothing is closed by it: it may become another mark.
      if (open < 0 && rest.length === mark.length && rest.length + out.length > mark.length) return finish(out, marks);
      const opens = /^\S/.test(rest.slice(mark.length));
      if (open >= 0) marks.splice(open);
      else if (opens) marks.push(mark);
      out += mark;
      at += mark.length;
      continue;
    }
    if (rest[0] === '\\') {
      if (rest.length === 1) break;
      out += rest.slice(0, 2);
      at += 2;
      continue;
    }
    out += rest[0];
    at += 1;
  }
  return finish(out, marks);
}

/** Marks that are open are closed; one that nothing follows yet is not shown. */
function finish(out: string, marks: string[]): string {
  let text = out;
  const left = [...marks];
  for (;;) {
    const bare = text.replace(/[ \t]*(?:\*{1,3}|~~|_{1,2})$/, '');
    const mark = text.slice(bare.length).trim();
    if (!mark || left.at(-1) !== mark) break;
    left.pop();
    text = bare;
  }
  const trimmed = left.length > 0 ? text.trimEnd() : text;
  return trimmed + left.reverse().join('');
}

/** What is shown of an open block, or an empty text when it is not yet clear what it will be. */
export function settled(text: string): string {
  const fence = /^ {0,3}(?:`{3,}|~{3,})/.exec(text);
  // The name of a language is not half shown.
  if (fence) return text.includes('\n') ? text : '';
  if (/^ {0,3}(?:\$\$|\\\[)/.test(text)) return text;
  if (heldTable(text)) return '';
  const shown = text.replace(ONLY_MARKS, '');
  // Within a list or a quotation a fence may be open; then all of it is code.
  const inside = (shown.match(/^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(?:```|~~~)/gm)?.length ?? 0) % 2 === 1;
  if (inside) return shown;
  const from = shown.search(/\n[ \t]*\n(?![\s\S]*\n[ \t]*\n)/);
  // A line of a list, a table or a quotation stands by itself; the lines of a paragraph belong together.
  const lineFrom = Math.max(from < 0 ? 0 : from, /^[ \t]*(?:[-*+>|]|\d+[.)])/m.test(shown) ? shown.lastIndexOf('\n') + 1 : 0);
  const head = /^[ \t\n]*(?:[-*+][ \t]+|>[ \t]*|\d+[.)][ \t]+|#{1,6}[ \t]+|\|)*/.exec(shown.slice(lineFrom))![0];
  return shown.slice(0, lineFrom) + head + completed(shown.slice(lineFrom + head.length));
}
