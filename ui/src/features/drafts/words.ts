// What changed between two texts, word by word: the longest common run of words stays (Myers, "An O(ND) Difference
// Algorithm and Its Variations", 1986, here by the table of lengths, as cards are short).

export type Piece = { text: string; change: 'same' | 'added' | 'removed' };

/** Beyond this many words compared with each other the texts are shown as wholly different. */
const MOST = 1_000_000;

const wordsOf = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];

function push(pieces: Piece[], text: string, change: Piece['change']): void {
  const last = pieces.at(-1);
  if (last?.change === change) last.text += text;
  else pieces.push({ text, change });
}

/** Lengths of the longest common subsequences of what follows each pair of places. */
function lengths(a: string[], b: string[]): Uint16Array {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] = a[i] === b[j] ? table[(i + 1) * width + j + 1]! + 1 : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  return table;
}

/** Whether so little stays that the two are not read as one, but one after the other. A word or two are, whatever stays. */
export function rewritten(pieces: Piece[]): boolean {
  const letters = (change: Piece['change']) => pieces.reduce((sum, piece) => sum + (piece.change === change ? piece.text.replace(/\s/g, '').length : 0), 0);
  const [same, removed, added] = [letters('same'), letters('removed'), letters('added')];
  return (same === 0 || pieces.length > 3) && same < Math.min(removed, added);
}

export function changes(before: string, after: string): Piece[] {
  if (before === after) return before ? [{ text: before, change: 'same' }] : [];
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const whole: Piece[] = [{ text: before, change: 'removed' }, { text: after, change: 'added' }];
  if (a.length * b.length > MOST) return whole.filter(({ text }) => text);
  const table = lengths(a, b);
  const width = b.length + 1;
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(pieces, a[i]!, 'same');
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && table[(i + 1) * width + j]! >= table[i * width + j + 1]!)) push(pieces, a[i++]!, 'removed');
    else push(pieces, b[j++]!, 'added');
  }
  return joined(pieces);
}

/** A single space that stayed between two changes is no island worth keeping: the eye reads the changes as one. */
function joined(pieces: Piece[]): Piece[] {
  const result: Piece[] = [];
  for (let at = 0; at < pieces.length;) {
    const run: Piece[] = [];
    while (at < pieces.length && (pieces[at]!.change !== 'same' || (run.length > 0 && !pieces[at]!.text.trim() && at + 1 < pieces.length && pieces[at + 1]!.change !== 'same'))) run.push(pieces[at++]!);
    const text = (without: Piece['change']) => run.filter(({ change }) => change !== without).map((piece) => piece.text).join('');
    if (run.length > 0) {
      const [removed, added] = [text('added'), text('removed')];
      if (removed) push(result, removed, 'removed');
      if (added) push(result, added, 'added');
    }
    if (at < pieces.length) result.push(pieces[at++]!);
  }
  return result;
}
