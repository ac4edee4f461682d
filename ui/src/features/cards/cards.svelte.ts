// The cards that are listed, and what is done to them there. Every change is kept at once and can be taken back.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Card, CardAction, CardId, CardRow, Undoable } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';
import { DONE } from '$features/study/keys';
import { study } from '$features/study/study.svelte';

const PAGE = 50;
const UNDO_MS = 10_000;

class CardList {
  rows = $state<CardRow[]>([]);
  total = $state<number | null>(null);
  next = $state<CardId | null>(null);
  query = $state('');
  loading = $state(false);
  problem = $state<Problem | null>(null);
  #asked = 0;
  /** Cards with a change on its way: a double click does nothing twice. */
  #changing = new Set<CardId>();

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

  async change(row: CardRow, action: CardAction): Promise<void> {
    const { id } = row.card;
    if (this.#changing.has(id)) return;
    this.#changing.add(id);
    const at = Math.max(0, this.rows.findIndex(({ card }) => card.id === id));
    const before = this.rows[at + 1]?.card.id ?? null;
    const who = session.profile?.id;
    try {
      const { undo } = await backend.changeCard(id, action);
      if (session.profile?.id !== who) return;
      this.#show(id, action);
      const take = undo && { label: 'Undo', run: () => void this.#undo(undo, $state.snapshot(row) as CardRow, { at, before }) };
      toasts.show(DONE[action], { forMs: UNDO_MS, action: take });
    } catch (error) {
      // Gone already: the list is out of date.
      if (asProblem(error).code === 'not_found') void this.load();
      else toasts.problem(error);
    } finally {
      this.#changing.delete(id);
    }
  }

  #show(id: CardId, action: CardAction): void {
    if (action === 'delete') {
      this.rows = this.rows.filter(({ card }) => card.id !== id);
      if (this.total !== null) this.total -= 1;
      return;
    }
    this.rows = this.rows.map((row) => (row.card.id === id ? changed(row, action) : row));
    // Until when a card is buried, and what it then is, is the program's to say.
    if (action === 'bury' || action === 'reset') void this.load();
  }

  async #undo(undo: Undoable, row: CardRow, place: { at: number; before: CardId | null }): Promise<void> {
    try {
      await backend.undo(undo.id);
      // The message may be pressed on the study page, which names what it would take back.
      void study.refresh();
    } catch (error) {
      toasts.problem(error);
      return this.load();
    }
    if (this.rows.some(({ card }) => card.id === row.card.id)) {
      this.rows = this.rows.map((one) => (one.card.id === row.card.id ? row : one));
    } else {
      // Where it was, without going back to the top of a list that was scrolled.
      const next = this.rows.findIndex(({ card }) => card.id === place.before);
      const at = next < 0 ? place.at : next;
      this.rows = [...this.rows.slice(0, at), row, ...this.rows.slice(at)];
      if (this.total !== null) this.total += 1;
    }
    toasts.show(`Undid ${undo.what}.`, { forMs: 3_000 });
  }

  forget(): void {
    this.#asked += 1;
    this.rows = [];
    this.total = null;
    this.next = null;
    this.query = '';
    this.problem = null;
    this.loading = false;
  }
}

const MARKED = 'marked';

function changed(row: CardRow, action: CardAction): CardRow {
  const tags = row.card.tags.filter((tag) => tag !== MARKED);
  switch (action) {
    case 'suspend':
    case 'unsuspend':
      return { ...row, suspended: action === 'suspend' };
    case 'unbury':
      return { ...row, buriedUntil: null };
    case 'mark':
    case 'unmark':
      return { ...row, card: { ...row.card, tags: action === 'mark' ? [...tags, MARKED] : tags } };
    default:
      return row;
  }
}

export const cardList = new CardList();
session.onLeave(() => cardList.forget());
