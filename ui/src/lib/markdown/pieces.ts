// A long text that is there already is split a piece at a time, as if it were being written: split at once, 100 KB would halt
// the window for several frames.
import { blocksOf, isSplit, type Block, type Blocks } from './blocks';

/** What one frame has time for. Characters. */
export const PIECE = 6_000;

/** Where the piece that begins at `from` ends: with a line, so that nothing is half a mark. */
export function pieceEnd(text: string, from: number): number {
  if (from + PIECE >= text.length) return text.length;
  const line = text.indexOf('\n', from + PIECE);
  return line < 0 ? text.length : line + 1;
}

/** Whether `text` is worth being split in pieces. */
export const isLong = (text: string): boolean => text.length > 4 * PIECE && !isSplit(text);

/** The blocks of the first `end` characters of a text that does not grow. */
export const blocksTo = (splitter: Blocks, text: string, end: number): Block[] =>
  end < text.length ? splitter.of(text.slice(0, end), true) : blocksOf(splitter, text, false);
