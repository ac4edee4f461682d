// Which messages of a long conversation are drawn: those in sight and near it. The others are boxes as tall as they were
// when they were last drawn, or as they probably are. What turns out taller or shorter above what is read moves nothing.
import { tick } from 'svelte';
import type { Message, MessageId } from '$lib/bindings';

/** Drawn this far beyond what is seen, and taken away again only further off. Pixels. */
const AHEAD = 900;
const KEPT = 3_000;
/** Drawn at once because they are seen at once; the rest follows, one a frame. */
const AT_ONCE = 150;
/** How many of the last are drawn before there is a layout. */
const UNSEEN = 30;
/** Within this of the end, the person is taken to read along. */
const NEAR = 64;
/** A scroll so long after a wheel, key, touch or press in the view is still the person's own. */
const BY_HAND_MS = 1_000;
const BY_HAND = ['wheel', 'keydown', 'touchmove', 'pointerdown'] as const;

/** A guess that is near enough for the scrollbar: lines of about eighty characters, and what stands around them. */
export function guess({ role, content }: Message): number {
  let lines = 0;
  for (let from = 0; from <= content.length; ) {
    const to = content.indexOf('\n', from);
    const end = to < 0 ? content.length : to;
    lines += Math.max(1, Math.ceil((end - from) / (role === 'user' ? 64 : 84)));
    from = end + 1;
  }
  return role === 'user' ? Math.min(320, lines * 23) + 76 : lines * 21 + 88;
}

export class Row {
  near = $state(false);
  /** Drawn wherever it is: something in it is being worked on. */
  pinned = false;
  /** Its height is that of what is drawn now, not one that was taken to be. */
  measured = false;
  constructor(public height: number) {}
}

export class Rows {
  /** Whether the end is kept in sight as it grows. */
  following = $state(true);
  #view: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  #rows = new Map<MessageId, Row>();
  #sizes: ResizeObserver | null = null;
  /** Those that are drawn: few, however many there are. */
  #drawn = new Set<HTMLElement>();
  #frame = 0;
  #last = 0;
  /** When the person last did what scrolls. */
  #handAt = -Infinity;
  /** What is held in its place while things above it change. */
  #anchor: { element: HTMLElement; offset: number } | null = null;

  /** `growing` says whether what grows now is what the person waits for, and not something they opened. */
  constructor(
    readonly heights: Map<MessageId, number>,
    readonly growing: () => boolean,
  ) {}

  of(message: Message): Row {
    let row = this.#rows.get(message.id);
    if (!row) {
      row = new Row(this.heights.get(message.id) ?? guess(message));
      this.#rows.set(message.id, row);
    }
    return row;
  }

  /** Takes the two elements: the one that scrolls, and the one whose children are the rows. */
  watch(view: HTMLElement, list: HTMLElement): () => void {
    this.#view = view;
    this.#list = list;
    this.#sizes = new ResizeObserver((entries) => this.#measured(entries));
    this.#sizes.observe(view);
    this.#sizes.observe(list);
    const all = () => this.#drawAll();
    const byHand = () => (this.#handAt = performance.now());
    window.addEventListener('beforeprint', all);
    for (const type of BY_HAND) view.addEventListener(type, byHand, { passive: true });
    return () => {
      window.removeEventListener('beforeprint', all);
      for (const type of BY_HAND) view.removeEventListener(type, byHand);
      cancelAnimationFrame(this.#frame);
      this.#sizes?.disconnect();
      this.#view = this.#list = this.#sizes = null;
    };
  }

  /** A row is measured for as long as it is drawn. */
  drawn = (node: HTMLElement) => {
    this.#drawn.add(node);
    this.#sizes?.observe(node);
    return () => {
      this.#drawn.delete(node);
      this.#sizes?.unobserve(node);
    };
  };

  get #elements(): HTMLCollectionOf<HTMLElement> {
    return this.#list!.children as HTMLCollectionOf<HTMLElement>;
  }

  #row(element: HTMLElement): Row | undefined {
    return this.#rows.get(element.dataset.row ?? '');
  }

  /** The first row that ends below `y`, by halves: rows are in order. */
  #at(y: number): number {
    const all = this.#elements;
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offsetTop, offsetHeight } = all[middle]!;
      if (offsetTop + offsetHeight > y) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  get atEnd(): boolean {
    const view = this.#view;
    return !view || view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
  }

  /** Draws what is in sight now; what is only near comes in the next frames. */
  update(): void {
    const view = this.#view;
    if (!view || !this.#list?.children.length) return;
    const { scrollTop, clientHeight } = view;
    const all = this.#elements;
    // Not laid out yet (a hidden window): nothing is known of what will be in sight, and the end is the likeliest.
    if (!clientHeight) return Array.from(all).slice(-UNSEEN).forEach((element) => this.#draw(element));
    const [first, last] = [this.#at(scrollTop - AT_ONCE), this.#at(scrollTop + clientHeight + AT_ONCE)];
    for (let i = first; i <= last; i += 1) this.#draw(all[i]!);
    const [keepFrom, keepTo] = [scrollTop - KEPT, scrollTop + clientHeight + KEPT];
    for (const element of this.#drawn) {
      const { offsetTop } = element;
      if (offsetTop > keepTo || offsetTop + element.offsetHeight < keepFrom) this.#take(element);
    }
    this.#hold(this.#still(this.#at(scrollTop), scrollTop + clientHeight), scrollTop);
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#more());
  }

  #draw(element: HTMLElement): boolean {
    const row = this.#row(element);
    if (!row || row.near) return false;
    row.near = true;
    return true;
  }

  #take(element: HTMLElement): void {
    const row = this.#row(element);
    if (!row?.near || row.pinned || element.contains(document.activeElement)) return;
    row.near = row.measured = false;
  }

  #more(): void {
    this.#frame = 0;
    const view = this.#view;
    if (!view?.clientHeight || !this.#list?.children.length) return;
    const all = this.#elements;
    const [first, last] = [this.#at(view.scrollTop - AHEAD), this.#at(view.scrollTop + view.clientHeight + AHEAD)];
    const middle = this.#at(view.scrollTop + view.clientHeight / 2);
    for (let away = 0; away <= last - first; away += 1) {
      for (const i of [middle - away, middle + away]) {
        if (i < first || i > last || !this.#draw(all[i]!)) continue;
        this.#frame = requestAnimationFrame(() => this.#more());
        return;
      }
    }
  }

  #drawAll(): void {
    for (const element of this.#elements) this.#draw(element);
  }

  /** What is to stay in its place: of the rows in sight the uppermost that was seen before. Those whose height is only guessed
   *  may turn out otherwise above it, where nothing was read yet. */
  #still(at: number, bottom: number): HTMLElement | undefined {
    const all = this.#elements;
    for (let i = at; i < all.length && all[i]!.offsetTop < bottom; i += 1) if (this.#row(all[i]!)?.measured) return all[i];
    return all[at];
  }

  #hold(element: HTMLElement | undefined, scrollTop: number): void {
    this.#anchor = element ? { element, offset: scrollTop - element.offsetTop } : null;
  }

  #measured(entries: ResizeObserverEntry[]): void {
    for (const { target } of entries) {
      const element = target as HTMLElement;
      const row = this.#row(element);
      if (!row?.near || !element.offsetHeight) continue;
      row.height = element.offsetHeight;
      row.measured = true;
      this.heights.set(element.dataset.row!, row.height);
    }
    const view = this.#view;
    if (!view?.clientHeight) return;
    if (this.following && this.growing()) return this.toEnd();
    // Before anything is painted: what is read stays where it is.
    const { element, offset } = this.#anchor ?? {};
    if (element?.isConnected) {
      const wanted = element.offsetTop + offset!;
      if (Math.abs(wanted - view.scrollTop) >= 1) this.#move(wanted);
    }
    this.update();
  }

  #move(top: number): void {
    this.#view!.scrollTop = top;
    this.#last = this.#view!.scrollTop;
  }

  /** Following stops when the person scrolls up, and starts again at the end; growing text alone changes neither. */
  scrolled(): void {
    const view = this.#view;
    if (!view) return;
    if (view.scrollTop < this.#last - 1 && !this.atEnd) this.following &&= this.#clamped;
    else if (this.atEnd) this.following = true;
    this.#last = view.scrollTop;
    this.update();
  }

  /** Whether a scroll up is the engine's: rows that are just being drawn are empty for a moment, and what is shorter cannot be
   *  scrolled so far. That they grow again will be followed when they are measured. */
  get #clamped(): boolean {
    return performance.now() - this.#handAt > BY_HAND_MS && this.growing() && [...this.#drawn].some((element) => this.#row(element)?.measured === false);
  }

  toEnd(): void {
    if (!this.#view) return;
    this.#move(this.#view.scrollHeight);
    this.following = true;
    this.update();
  }

  /** Where one is, for coming back. */
  get spot(): { id: MessageId; offset: number } | 'end' {
    const { element, offset } = this.#anchor ?? {};
    return this.following || !element ? 'end' : { id: element.dataset.row!, offset: offset! };
  }

  element(id: MessageId): HTMLElement | null {
    return (Array.from(this.#list?.children ?? []) as HTMLElement[]).find(({ dataset }) => dataset.row === id) ?? null;
  }

  /** Brings a message so that `offset` pixels of it are above the view, and draws it; its element, once it is there. */
  async bring(id: MessageId, offset: number): Promise<HTMLElement | null> {
    const element = this.element(id);
    if (!element || !this.#view) return null;
    this.following = false;
    this.#move(element.offsetTop + offset);
    this.#draw(element);
    this.update();
    await tick();
    if (!this.#view) return null;
    // What was drawn just now is not as tall as it was taken to be.
    this.#move(element.offsetTop + offset);
    this.update();
    return element;
  }
}
