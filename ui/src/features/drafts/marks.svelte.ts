// Which passages of a conversation have cards, and what is known of these. Read again after cards were made or changed.
import { backend } from '$lib/backend';
import type { ConversationId, MessageId, PassageMark } from '$lib/bindings';
import { session } from '$lib/session.svelte';

class Marks {
  #of = $state.raw<ReadonlyMap<ConversationId, PassageMark[]>>(new Map());
  /** Counted up when what is known may no longer be so. */
  version = $state(0);

  of(conversation: ConversationId): PassageMark[] {
    return this.#of.get(conversation) ?? [];
  }

  ofMessage(conversation: ConversationId, message: MessageId): PassageMark[] {
    return this.of(conversation).filter(({ source }) => source.messageId === message);
  }

  async load(conversation: ConversationId): Promise<void> {
    const who = session.profile?.id;
    try {
      const found = await backend.passageMarks(conversation);
      if (session.profile?.id === who) this.#of = new Map(this.#of).set(conversation, found);
    } catch {
      // The conversation is read without its marks; what is wrong is said where it is read.
    }
  }

  stale(): void {
    this.version += 1;
  }

  forget(): void {
    this.#of = new Map();
  }
}

export const marks = new Marks();
session.onLeave(() => marks.forget());
