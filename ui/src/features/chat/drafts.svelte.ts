// Cards that a model proposed from an answer, until they are saved or dropped. Kept by answer, so that they outlive a
// look at another conversation.
import { asProblem, backend, channel, type Problem } from '$lib/backend';
import type { DraftProgress, MessageId, NewCard, Source } from '$lib/bindings';
import { parseTags } from '$features/cards/content';
import { session } from '$lib/session.svelte';
import { cards } from '$lib/time';
import { toasts } from '$lib/toasts.svelte';
import { openConversations } from './turns.svelte';

export type EditedDraft = {
  key: number;
  question: string;
  answer: string;
  tags: string;
  keep: boolean;
  source: Source | null;
};

export class Drafts {
  running = $state(false);
  cancelling = $state(false);
  saving = $state(false);
  progress = $state<DraftProgress | null>(null);
  /** Null when there are none: not asked for, saved, or dropped. */
  drafts = $state<EditedDraft[] | null>(null);
  /** Just made and not yet looked at: the panel takes the focus once. */
  fresh = false;
  nothing = $state(false);
  problem = $state<Problem | null>(null);

  constructor(readonly messageId: MessageId) {}

  get kept(): EditedDraft[] {
    return this.drafts?.filter((draft) => draft.keep) ?? [];
  }

  /** Kept drafts that cannot be saved as they are. */
  get incomplete(): EditedDraft[] {
    return this.kept.filter((draft) => !draft.question.trim() || !draft.answer.trim());
  }

  async generate(): Promise<void> {
    if (this.running || this.saving) return;
    this.running = true;
    this.cancelling = false;
    this.nothing = false;
    this.problem = null;
    this.progress = null;
    try {
      const made = await backend.generateDrafts(this.messageId, channel<DraftProgress>((progress) => (this.progress = progress)));
      // Stopped before the first card: nothing to show, and nothing went wrong.
      if (made.length === 0) this.nothing = !this.cancelling;
      else {
        this.fresh = true;
        this.drafts = made.map((draft, key) => ({ ...draft, key, tags: '', keep: true }));
      }
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === 'nothing_to_learn') this.nothing = true;
      else if (!this.cancelling) this.problem = problem;
    } finally {
      this.running = false;
      this.cancelling = false;
      this.progress = null;
    }
  }

  async cancel(): Promise<void> {
    if (!this.running || this.cancelling) return;
    this.cancelling = true;
    try {
      await backend.cancelDrafts(this.messageId);
    } catch (error) {
      this.cancelling = false;
      this.problem = asProblem(error);
    }
  }

  async save(): Promise<void> {
    if (this.saving || this.kept.length === 0 || this.incomplete.length > 0) return;
    this.saving = true;
    this.problem = null;
    try {
      const saved = await backend.saveCards(this.kept.map(toCard));
      this.drafts = null;
      openConversations.markCards(new Set([this.messageId]));
      toasts.show(`${cards(saved.length)} saved. They wait for you in Study.`);
    } catch (error) {
      this.problem = asProblem(error);
    } finally {
      this.saving = false;
    }
  }

  drop(): void {
    this.drafts = null;
    this.problem = null;
  }
}

function toCard(draft: EditedDraft): NewCard {
  return {
    question: draft.question.trim(),
    answer: draft.answer.trim(),
    tags: parseTags(draft.tags),
    source: draft.source ? { ...draft.source } : null,
  };
}

class AllDrafts {
  #byMessage = new Map<MessageId, Drafts>();

  of(id: MessageId): Drafts {
    let drafts = this.#byMessage.get(id);
    if (!drafts) {
      drafts = new Drafts(id);
      this.#byMessage.set(id, drafts);
    }
    return drafts;
  }

  forget(): void {
    this.#byMessage.clear();
  }
}

export const allDrafts = new AllDrafts();
session.onLeave(() => allDrafts.forget());
