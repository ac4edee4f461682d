// Splits an answer into blocks while it is being written, so that what is finished is neither parsed nor drawn again.
import type { Tokens } from 'marked';
import { lex } from './parser';

export type Block = {
  /** Stays the same for as long as the block is in this place. */
  key: number;
  text: string;
  /** The block may still grow. */
  open: boolean;
  /** Goes on with the list of the block before. */
  more?: true;
};

/** A link's address given apart from it ("[a]: https://…") may stand in another block than the link. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:[ \t]*\S+.*$/gm;
/** Long lists are split after so many items: one that grows to a hundred would be drawn anew with each. */
const ITEMS = 12;

/** A fence that is open: what closes it, and up to where that was looked for. */
type Fence = { closes: RegExp; looked: number };

const fenceOf = (raw: string): Fence | null => {
  const found = /^ {0,3}(`{3,}|~{3,})[^\n]*\n/.exec(raw);
  const mark = found?.[1];
  return mark ? { closes: new RegExp(`^ {0,3}${mark[0]}{${mark.length},}[ \\t]*$`, 'm'), looked: found[0].length } : null;
};

/** A table of which only rows were added so far, and up to where that was looked for. */
type Table = { looked: number };

const tableOf = (rest: string): Table | null => {
  const head = /^ {0,3}\|[^\n]*\n {0,3}\|[ \t:|-]*\n/.exec(rest)?.[0];
  return head && lex(head, true)[0]?.type === 'table' ? { looked: head.length } : null;
};

type Piece = { raw: string; text: string; space: boolean; /** The number of the item that would come next, in a list. */ next: number | null; more: boolean };

/** The top-level pieces, with long lists in parts. */
function piecesOf(text: string, growing: boolean, number: number | null): Piece[] {
  const pieces: Piece[] = [];
  lex(text, growing).forEach((token, i) => {
    if (token.type !== 'list') return void pieces.push({ raw: token.raw, text: token.raw, space: token.type === 'space', next: null, more: false });
    const { items, start } = token as Tokens.List;
    const goesOn = i === 0 && number !== null;
    const first = goesOn ? number : start || 1;
    let covered = 0;
    for (let from = 0; from < items.length; from += ITEMS) {
      const part = items.slice(from, from + ITEMS);
      const last = from + ITEMS >= items.length;
      const length = part.reduce((sum, item) => sum + item.raw.length, 0);
      const raw = last ? token.raw.slice(covered) : token.raw.slice(covered, covered + length);
      covered += length;
      const more = goesOn || from > 0;
      // All items may be called "1."; where a part begins must not show.
      pieces.push({ raw, text: more ? raw.replace(/^(\s*)\d+/, `$1${first + from}`) : raw, space: false, next: first + from + part.length, more });
    }
  });
  return pieces;
}

export class Blocks {
  #text = '';
  #finished: Block[] = [];
  /** How much of the text the finished blocks cover. */
  #covered = 0;
  /** The last finished block is a part of a list, which goes on with this number. */
  #number: number | null = null;
  #fence: Fence | null = null;
  #table: Table | null = null;

  /** The blocks of `text`. A text that continues the one before only has its end parsed. */
  of(raw: string, growing: boolean): Block[] {
    // The parser counts in line feeds only.
    const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
    if (!text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    const rest = text.slice(this.#covered);
    if (this.#stillCode(rest, growing) || this.#stillTable(rest, growing)) return [...this.#finished, { key: this.#finished.length, text: rest, open: true }];
    const tail = this.#split(rest, growing);
    const all = [...this.#finished, ...tail];
    return growing ? all : withDefinitions(all, text);
  }

  /** Code without its end so far: only what came since is looked at, however long it is. */
  #stillCode(rest: string, growing: boolean): boolean {
    this.#fence = growing ? (this.#fence ?? fenceOf(rest)) : null;
    const fence = this.#fence;
    if (!fence) return false;
    const from = fence.looked;
    fence.looked = Math.max(from, rest.lastIndexOf('\n') + 1);
    if (!fence.closes.test(rest.slice(from))) return true;
    this.#fence = null;
    return false;
  }

  /** A table to which rows are added is not read again from its first row. */
  #stillTable(rest: string, growing: boolean): boolean {
    this.#table = growing ? (this.#table ?? tableOf(rest)) : null;
    const table = this.#table;
    if (!table) return false;
    const lines = rest.slice(table.looked).split('\n');
    const last = lines.pop() ?? '';
    if (lines.every((line) => /^ {0,3}\|/.test(line)) && /^ {0,3}(?:\||$)/.test(last)) {
      table.looked = rest.length - last.length;
      return true;
    }
    this.#table = null;
    return false;
  }

  #split(rest: string, growing: boolean): Block[] {
    const pieces = piecesOf(rest, growing, this.#number);
    // The last piece that says something may still grow or become another thing (a table, a heading): it stays open.
    let last = pieces.length - 1;
    while (last >= 0 && pieces[last]!.space) last -= 1;
    const tail: Block[] = [];
    pieces.forEach(({ raw, text, space, next, more }, i) => {
      const finished = i < last;
      if (finished) this.#covered += raw.length;
      if (space) return;
      const block: Block = { key: this.#finished.length, text, open: growing && !finished, ...(more ? { more } : {}) };
      if (finished) {
        this.#finished.push(block);
        this.#number = pieces[i + 1]!.more ? next : null;
      } else tail.push(block);
    });
    return tail;
  }

  #reset(): void {
    this.#finished = [];
    this.#covered = 0;
    this.#number = null;
    this.#fence = null;
    this.#table = null;
  }
}

const lists = new Map<string, Block[]>();
const LISTS = 24;
/** A shorter text is split faster than it is worth keeping. */
const LONG = 4_000;

/** Whether the blocks of a text are known. */
export const isSplit = (text: string): boolean => lists.has(text);

/** The blocks of a text by `splitter`; those of a long one that does not grow are kept, for when it is scrolled to again. */
export function blocksOf(splitter: Blocks, text: string, growing: boolean): Block[] {
  if (growing || text.length < LONG) return splitter.of(text, growing);
  const blocks = lists.get(text) ?? splitter.of(text, false);
  lists.delete(text);
  lists.set(text, blocks);
  if (lists.size > LISTS) lists.delete(lists.keys().next().value ?? '');
  return blocks;
}

function withDefinitions(blocks: Block[], text: string): Block[] {
  const definitions = text.includes(']:') ? (text.match(DEFINITION) ?? []) : [];
  if (definitions.length === 0) return blocks;
  const tail = `\n\n${definitions.join('\n')}`;
  return blocks.map((block) => (/\]/.test(block.text) && !block.text.startsWith('```') ? { ...block, text: block.text + tail } : block));
}
