// The list of conversations.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { ConversationId, ConversationSummary } from '$lib/bindings';
import { session } from '$lib/session.svelte';

const PAGE = 50;

class Conversations {
  list = $state<ConversationSummary[]>([]);
  /** False until the list was read once. */
  read = $state(false);
  more = $state(false);
  loading = $state(false);
  problem = $state<Problem | null>(null);
  #asked = 0;
  /** Those that were opened and are further down than the list was read. */
  #beyond = $state.raw<Record<ConversationId, ConversationSummary>>({});

  /** Reads the list anew, as far down as it was shown. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const wanted = Math.max(PAGE, this.list.length);
      const list = await backend.listConversations(wanted, null);
      if (asked !== this.#asked) return;
      this.list = list;
      this.more = list.length === wanted;
      this.read = true;
      this.problem = null;
    } catch (error) {
      if (asked === this.#asked) this.problem = asProblem(error);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  async loadMore(): Promise<void> {
    const last = this.list.at(-1);
    if (!last || !this.more || this.loading) return;
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const page = await backend.listConversations(PAGE, last.updatedAt);
      if (asked !== this.#asked) return;
      const known = new Set(this.list.map(({ id }) => id));
      this.list = [...this.list, ...page.filter(({ id }) => !known.has(id))];
      this.more = page.length === PAGE;
    } catch (error) {
      if (asked === this.#asked) this.problem = asProblem(error);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  find(id: ConversationId | null): ConversationSummary | null {
    return this.list.find((one) => one.id === id) ?? (id ? (this.#beyond[id] ?? null) : null);
  }

  /** What is stored of one that was opened, wherever it stands in the list. */
  know(summary: ConversationSummary): void {
    if (this.list.some(({ id }) => id === summary.id)) this.patch(summary.id, summary);
    else this.#beyond = { ...this.#beyond, [summary.id]: summary };
  }

  add(summary: ConversationSummary): void {
    this.list = [summary, ...this.list.filter(({ id }) => id !== summary.id)];
  }

  /** Shows a change at once; the next reading of the list brings what is stored. */
  patch(id: ConversationId, change: Partial<ConversationSummary>): void {
    this.list = this.list.map((one) => (one.id === id ? { ...one, ...change } : one));
    const beyond = this.#beyond[id];
    if (beyond) this.#beyond = { ...this.#beyond, [id]: { ...beyond, ...change } };
  }

  async rename(id: ConversationId, title: string): Promise<void> {
    const before = this.find(id)?.title ?? title;
    this.patch(id, { title });
    try {
      await backend.renameConversation(id, title);
    } catch (error) {
      this.patch(id, { title: before });
      throw error;
    }
  }

  async remove(id: ConversationId): Promise<void> {
    await backend.deleteConversation(id);
    this.list = this.list.filter((one) => one.id !== id);
    const { [id]: _, ...beyond } = this.#beyond;
    this.#beyond = beyond;
  }

  forget(): void {
    this.#asked += 1;
    this.list = [];
    this.#beyond = {};
    this.read = false;
    this.more = false;
    this.loading = false;
    this.problem = null;
  }
}

export const conversations = new Conversations();
session.onLeave(() => conversations.forget());
