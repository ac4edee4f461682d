// Looking for words in a conversation: every place is known, also in messages that are not drawn.
import type { Message, MessageId } from '$lib/bindings';
import { folded, places, plain, ranges } from '$lib/find';
import type { Rows } from './rows.svelte';

/** Names of the highlights in CSS. */
const ALL = 'found';
const HERE = 'found-here';
/** What changes while one looks, an answer that is being written, is looked through this often at most. */
const EVERY_MS = 150;
const WRITING_MS = 1_000;

/** Within an answer that is being written, which changes with every frame. */
const beingWritten = ({ target }: MutationRecord) =>
  (target instanceof Element ? target : target.parentElement)?.closest('[aria-busy="true"]') != null;

type Found = { id: MessageId; /** Which of the message's own. */ nth: number };

/** Texts without marks; a message that changes is another object. */
const texts = new WeakMap<Message, string>();
function textOf(message: Message): string {
  let text = texts.get(message);
  if (text === undefined) {
    text = folded(message.role === 'user' ? message.content : plain(message.content));
    texts.set(message, text);
  }
  return text;
}

export function find(messages: Message[], query: string): Found[] {
  const needle = folded(query.trim());
  return messages.flatMap((message) => places(textOf(message), needle).map((_, nth) => ({ id: message.id, nth })));
}

/** The drawn words of a message, without what stands around them. */
const wordsOf = (element: Element) => element.querySelectorAll('[data-message] > .markdown, [data-message] > p');

export class Search {
  open = $state(false);
  query = $state('');
  found = $state.raw<Found[]>([]);
  at = $state(-1);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;

  constructor(readonly rows: Rows, readonly list: () => HTMLElement | undefined, readonly view: () => HTMLElement | undefined) {}

  /** Looks again: in other words, or in what has become of the conversation. Stays at the place it was at where it can. */
  look(messages: Message[]): void {
    const here = this.found[this.at];
    this.found = this.open ? find(messages, this.query) : [];
    this.at = here ? this.found.findIndex(({ id, nth }) => id === here.id && nth === here.nth) : -1;
    this.mark();
  }

  /** To the next place (or the one before), around the ends. The first is the one nearest below what is read. */
  async step(by: 1 | -1): Promise<void> {
    const { length } = this.found;
    if (length === 0) return;
    this.at = this.at < 0 ? this.#nearest(by) : (this.at + by + length) % length;
    await this.show();
  }

  #nearest(by: 1 | -1): number {
    const list = this.list();
    const order = new Map([...(list?.children ?? [])].map((row, i) => [(row as HTMLElement).dataset.row, i]));
    const { spot } = this.rows;
    const here = spot === 'end' ? Infinity : (order.get(spot.id) ?? 0);
    const after = this.found.findIndex(({ id }) => (order.get(id) ?? 0) >= here);
    if (by > 0) return after < 0 ? this.found.length - 1 : after;
    return after < 0 ? this.found.length - 1 : Math.max(0, after - 1);
  }

  async show(): Promise<void> {
    const here = this.found[this.at];
    const view = this.view();
    if (!here || !view) return;
    const element = await this.rows.bring(here.id, -96);
    if (!element) return;
    const range = this.#range(element, here.nth);
    const box = range?.getBoundingClientRect?.();
    if (box) {
      // The place itself in the upper part of the view; a long message does not hide it.
      const { top, height } = view.getBoundingClientRect();
      if (box.top < top + 64 || box.bottom > top + height - 64) {
        view.scrollTop += box.top - top - height * 0.3;
        this.rows.scrolled();
      }
    }
    this.mark();
  }

  #range(element: Element, nth: number): Range | null {
    const all = [...wordsOf(element)].flatMap((words) => ranges(words, folded(this.query.trim())));
    return all[Math.min(nth, all.length - 1)] ?? null;
  }

  /** Marks what is drawn. Without highlights in the engine, the row of the place is framed. */
  mark(): void {
    const list = this.list();
    if (!list) return;
    list.querySelectorAll('[data-found]').forEach((row) => row.removeAttribute('data-found'));
    const highlights = globalThis.CSS?.highlights;
    if (!this.open || this.found.length === 0) return this.clear();
    const here = this.found[this.at];
    const row = here ? this.rows.element(here.id) : null;
    if (!highlights || typeof Highlight === 'undefined') return void row?.setAttribute('data-found', '');
    const needle = folded(this.query.trim());
    highlights.set(ALL, new Highlight(...[...wordsOf(list)].flatMap((words) => ranges(words, needle))));
    const range = row && this.#range(row, here!.nth);
    const marked = new Highlight(...(range ? [range] : []));
    marked.priority = 1;
    highlights.set(HERE, marked);
  }

  clear(): void {
    globalThis.CSS?.highlights?.delete(ALL);
    globalThis.CSS?.highlights?.delete(HERE);
  }

  /** What is drawn changes as one scrolls; marks follow. */
  watch = (list: HTMLElement) => {
    const again = (changes: MutationRecord[]) => {
      if (!this.open) return;
      const wait = changes.every(beingWritten) ? WRITING_MS : EVERY_MS;
      const due = performance.now() + wait;
      if (this.#timer && this.#due <= due) return;
      clearTimeout(this.#timer);
      this.#due = due;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.mark();
      }, wait);
    };
    const watcher = new MutationObserver(again);
    watcher.observe(list, { childList: true, subtree: true, characterData: true });
    return () => {
      watcher.disconnect();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.clear();
    };
  };

  close(): void {
    this.open = false;
    this.found = [];
    this.at = -1;
    this.mark();
  }
}
