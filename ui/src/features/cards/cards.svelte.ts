// The cards that are listed, and those that are about to be deleted.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Card, CardId, CardRow } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';

const PAGE = 50;
const UNDO_MS = 7_000;

/** Tags as one writes them: separated by commas. */
export function parseTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim().replace(/^#/, ''));
  return [...new Set(tags.filter((tag) => tag !== ''))];
}

class CardList {
  rows = $state<CardRow[]>([]);
  total = $state<number | null>(null);
  next = $state<CardId | null>(null);
  query = $state('');
  loading = $state(false);
  problem = $state<Problem | null>(null);
  /** Hidden, and deleted when the time to undo is over. A window closed before that deletes nothing. */
  leaving = $state<Record<CardId, true>>({});
  #timers = new Map<CardId, ReturnType<typeof setTimeout>>();
  #asked = 0;

  get shown(): CardRow[] {
    return this.rows.filter(({ card }) => !this.leaving[card.id]);
  }

  /** The first page for the query as it is now. An answer that a later question overtook is dropped. */
  async load(): Promise<void> {
    await this.#fetch(null);
  }

  async more(): Promise<void> {
    if (this.next && !this.loading) await this.#fetch(this.next);
  }

  async #fetch(after: CardId | null): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const page = await backend.listCards(this.query.trim(), after, PAGE);
      if (asked !== this.#asked) return;
      // A card that moved while one was reading may come again; a list with one row twice cannot be drawn.
      const known = new Set(after ? this.rows.map(({ card }) => card.id) : []);
      const fresh = page.rows.filter(({ card }) => !known.has(card.id));
      this.rows = after ? [...this.rows, ...fresh] : fresh;
      this.total = page.total;
      this.next = page.next;
      this.problem = null;
    } catch (error) {
      if (asked === this.#asked) this.problem = asProblem(error);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  replace(card: Card): void {
    this.rows = this.rows.map((row) => (row.card.id === card.id ? { ...row, card } : row));
  }

  remove(id: CardId): void {
    if (this.leaving[id]) return;
    this.leaving[id] = true;
    this.#timers.set(id, setTimeout(() => void this.#delete(id), UNDO_MS));
    toasts.show('Card deleted.', { forMs: UNDO_MS, action: { label: 'Undo', run: () => this.keep(id) } });
  }

  keep(id: CardId): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    delete this.leaving[id];
  }

  async #delete(id: CardId): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    try {
      await backend.deleteCard(id);
      this.rows = this.rows.filter(({ card }) => card.id !== id);
      if (this.total !== null) this.total -= 1;
    } catch (error) {
      // Gone already is what was wanted.
      if (asProblem(error).code !== 'not_found') toasts.problem(error);
    } finally {
      delete this.leaving[id];
    }
  }

  /** Deletes now what waits to be deleted, so that a deleted card is not studied. */
  async settle(): Promise<void> {
    await Promise.all([...this.#timers.keys()].map((id) => this.#delete(id)));
  }

  forget(): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers.clear();
    this.#asked += 1;
    this.leaving = {};
    this.rows = [];
    this.total = null;
    this.next = null;
    this.query = '';
    this.problem = null;
    this.loading = false;
  }
}

export const cardList = new CardList();
session.beforeLeave(() => cardList.settle());
session.onLeave(() => cardList.forget());
