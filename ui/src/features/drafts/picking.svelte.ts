// Choosing several answers of a conversation to make cards from.
import type { ConversationId, Message, MessageId } from '$lib/bindings';
import { session } from '$lib/session.svelte';

/** An answer that cards can be made from. */
export const readable = ({ role, status, content }: Message): boolean => role === 'assistant' && status !== 'streaming' && content.trim() !== '';

class Picking {
  conversation = $state<ConversationId | null>(null);
  picked = $state.raw<ReadonlySet<MessageId>>(new Set());

  begin(conversation: ConversationId): void {
    this.conversation = conversation;
    this.picked = new Set();
  }

  toggle(message: MessageId): void {
    const picked = new Set(this.picked);
    if (!picked.delete(message)) picked.add(message);
    this.picked = picked;
  }

  all(messages: Message[]): void {
    this.picked = new Set(messages.filter(readable).map(({ id }) => id));
  }

  end(): void {
    this.conversation = null;
    this.picked = new Set();
  }
}

export const picking = new Picking();
session.onLeave(() => picking.end());
