// Splits an answer into blocks while it is being written, so that what is finished is neither parsed nor drawn again.
import { lex } from './parser';

export type Block = {
  /** Stays the same for as long as the block is in this place. */
  key: number;
  text: string;
  /** The block may still grow. */
  open: boolean;
};

/** A link's address given apart from it ("[a]: https://…") may stand in another block than the link. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:[ \t]*\S+.*$/gm;

export class Blocks {
  #text = '';
  #finished: Block[] = [];
  /** How much of the text the finished blocks cover. */
  #covered = 0;

  /** The blocks of `text`. A text that continues the one before only has its end parsed. */
  of(raw: string, growing: boolean): Block[] {
    // The parser counts in line feeds only.
    const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
    if (!text.startsWith(this.#text) || !growing) this.#reset();
    this.#text = text;
    const tokens = lex(text.slice(this.#covered), growing);
    // The last piece that says something may still grow or become another thing (a table, a heading): it stays open.
    let last = tokens.length - 1;
    while (last >= 0 && tokens[last]?.type === 'space') last -= 1;
    const tail: Block[] = [];
    tokens.forEach((token, i) => {
      if (token.type === 'space') {
        if (i < last) this.#covered += token.raw.length;
        return;
      }
      const finished = i < last;
      const block = { key: this.#finished.length, text: token.raw, open: growing && !finished };
      if (finished) {
        this.#finished.push(block);
        this.#covered += token.raw.length;
      } else tail.push(block);
    });
    const all = [...this.#finished, ...tail];
    return growing ? all : withDefinitions(all, text);
  }

  #reset(): void {
    this.#finished = [];
    this.#covered = 0;
  }
}

function withDefinitions(blocks: Block[], text: string): Block[] {
  const definitions = text.includes(']:') ? (text.match(DEFINITION) ?? []) : [];
  if (definitions.length === 0) return blocks;
  const tail = `\n\n${definitions.join('\n')}`;
  return blocks.map((block) => (/\]/.test(block.text) && !block.text.startsWith('```') ? { ...block, text: block.text + tail } : block));
}
