// What the model proposes in place of drafts in which something was found. Nothing changes before the person says so, and
// a proposal waits while one looks elsewhere.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Draft, DraftId, JobId, ModelRef, NewCard } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';
import { conversations } from '$features/chat/conversations.svelte';
import { openConversations } from '$features/chat/open.svelte';
import { newJobId } from './jobs.svelte';
import { tray } from './tray.svelte';

export type Repair = { state: 'asking' } | { state: 'offered'; of: NewCard; cards: NewCard[] } | { state: 'failed'; problem: Problem };

class Repairs {
  list = $state.raw<ReadonlyMap<DraftId, Repair>>(new Map());
  /** The latest of each draft; what an earlier one still brings is not looked at. */
  #jobs = new Map<DraftId, JobId>();

  of(id: DraftId): Repair | null {
    return this.list.get(id) ?? null;
  }

  #set(id: DraftId, repair: Repair | null): void {
    const list = new Map(this.list);
    if (repair) list.set(id, repair);
    else list.delete(id);
    this.list = list;
  }

  async ask({ id }: Draft, model: ModelRef | null = null): Promise<void> {
    if (this.of(id)?.state === 'asking') return;
    const job = newJobId();
    this.#jobs.set(id, job);
    this.#set(id, { state: 'asking' });
    const mine = () => this.#jobs.get(id) === job;
    try {
      await tray.store(id);
      if (!mine()) return;
      const of = tray.find(id)?.card;
      const cards = await backend.repairDraft(job, id, model);
      if (mine()) this.#set(id, of ? { state: 'offered', of, cards } : null);
    } catch (error) {
      if (mine()) this.#set(id, { state: 'failed', problem: asProblem(error) });
    }
  }

  /** The draft stays as it is; a model that is still at it is stopped. */
  leave(id: DraftId): void {
    const job = this.of(id)?.state === 'asking' ? this.#jobs.get(id) : undefined;
    this.#jobs.delete(id);
    this.#set(id, null);
    if (job) backend.cancelDrafts(job).catch((error) => toasts.problem(error));
  }

  /** The model that is asked when none is named, as far as the window knows. */
  modelOf({ card }: Draft): ModelRef | null {
    const conversation = card.source ? openConversations.holding(card.source.messageId)?.id : conversations.list[0]?.id;
    return conversations.find(conversation ?? null)?.model ?? null;
  }

  async use(id: DraftId): Promise<void> {
    const repair = this.of(id);
    if (repair?.state !== 'offered') return;
    try {
      const made = await tray.replaceWith(id, repair.cards);
      this.leave(id);
      tray.done(made.length === 1 ? 'Draft repaired.' : `Draft repaired: ${made.length} in its place.`, () => this.#undo(made, id));
    } catch (error) {
      this.#set(id, { state: 'failed', problem: asProblem(error) });
    }
  }

  /** What came goes, and what it took the place of waits there again, under its own name: other steps may be taken back
   *  after this one. */
  async #undo(made: Draft[], before: DraftId): Promise<void> {
    await tray.drop(made.map(({ id }) => id), true);
    await tray.restore([before], 'The draft is as it was.');
  }

  forget(): void {
    this.#jobs.clear();
    this.list = new Map();
  }
}

export const repairs = new Repairs();
tray.whenGone((ids) => ids.forEach((id) => repairs.of(id) && repairs.leave(id)));
session.onLeave(() => repairs.forget());
