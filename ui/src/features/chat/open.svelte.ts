// The conversations that were opened since one signed in. They go on here whichever of them the page shows.
import { SvelteMap } from 'svelte/reactivity';
import type { ConversationId, MessageId } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { joined, Turns } from './turns.svelte';

class OpenConversations {
  /** What is typed where no conversation is yet. */
  newDraft = $state('');
  #open = new SvelteMap<ConversationId, Turns>();

  of(id: ConversationId): Turns {
    let turns = this.#open.get(id);
    if (!turns) {
      turns = new Turns(id);
      this.#open.set(id, turns);
    }
    return turns;
  }

  /** The one of a conversation if it was opened. */
  opened(id: ConversationId): Turns | null {
    return this.#open.get(id) ?? null;
  }

  /** The one in which a message or another version of it is shown. */
  holding(message: MessageId): Turns | null {
    return [...this.#open.values()].find((turns) => turns.holds(message)) ?? null;
  }

  /** Lays a question where a new conversation begins, before what is typed there. */
  askAnew(question: string): void {
    if (!this.newDraft.includes(question)) this.newDraft = joined(question, this.newDraft);
  }

  markCards(messages: Set<MessageId>): void {
    for (const turns of this.#open.values()) turns.markCards(messages);
  }

  drop(id: ConversationId): void {
    this.#open.get(id)?.close();
    this.#open.delete(id);
  }

  forget(): void {
    for (const turns of this.#open.values()) turns.close();
    this.#open.clear();
    this.newDraft = '';
  }
}

export const openConversations = new OpenConversations();
session.onLeave(() => openConversations.forget());
