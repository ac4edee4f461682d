// What can be done with a message or a whole conversation, with what is said about it and how it is taken back.
import { backend } from '$lib/backend';
import type { ConversationId, ConversationSummary, Message } from '$lib/bindings';
import { copyText } from '$lib/clipboard';
import { route } from '$lib/route.svelte';
import { toasts } from '$lib/toasts.svelte';
import { conversations } from './conversations.svelte';
import { openConversations } from './open.svelte';
import type { Turns } from './turns.svelte';

/** Long enough to notice that it was the wrong one. */
const UNDO_MS = 12_000;
const COPY = 'This is a copy up to there. The conversation that it came from is as it was.';

export async function copyMessage(message: Message): Promise<boolean> {
  try {
    await copyText(message.content);
    return true;
  } catch {
    toasts.show('It could not be copied. Select the text and press Ctrl+C.', { tone: 'problem' });
    return false;
  }
}

/** The focus goes where the person would go on: what they pressed is gone. */
const toField = () => document.querySelector<HTMLElement>('textarea[name="message"]')?.focus({ preventScroll: true });

export async function removeExchange(turns: Turns, message: Message): Promise<void> {
  try {
    if (!(await turns.remove(message.id))) return;
    toField();
    const undo = () => void turns.restore(message.id).catch((error) => toasts.problem(error));
    toasts.show('Question and answer deleted.', { action: { label: 'Undo', run: undo }, forMs: UNDO_MS });
  } catch (error) {
    toasts.problem(error);
  }
}

export async function branch(message: Message): Promise<void> {
  try {
    const summary = await backend.branchConversation(message.id);
    conversations.add(summary);
    // Who went elsewhere meanwhile stays there.
    if (route.page !== 'chat' || route.id !== message.conversationId) return;
    // Going there clears what was said on the page before.
    window.addEventListener('hashchange', () => toasts.show(COPY), { once: true });
    route.go('chat', summary.id);
  } catch (error) {
    toasts.problem(error);
  }
}

export async function removeConversation({ id }: ConversationSummary): Promise<void> {
  try {
    await conversations.remove(id);
    if (route.id === id) route.go('chat', null, true);
    // What was typed in it waits as long as the conversation can be had back.
    const drop = setTimeout(() => openConversations.drop(id), UNDO_MS);
    const undo = async () => {
      clearTimeout(drop);
      try {
        conversations.add(await backend.restoreConversation(id));
        if (route.page === 'chat' && !route.id) route.go('chat', id);
      } catch (error) {
        toasts.problem(error);
      }
    };
    toasts.show('Conversation deleted. Its flashcards stay.', { action: { label: 'Undo', run: () => void undo() }, forMs: UNDO_MS });
  } catch (error) {
    toasts.problem(error);
  }
}

export async function exportConversation(id: ConversationId): Promise<void> {
  try {
    toasts.show(`Exported to ${await backend.exportConversation(id)}`, { forMs: UNDO_MS });
  } catch (error) {
    toasts.problem(error);
  }
}

export async function copyConversation(id: ConversationId): Promise<void> {
  try {
    const text = await backend.conversationMarkdown(id);
    await copyText(text);
    toasts.show('The whole conversation is copied, as Markdown.');
  } catch (error) {
    toasts.problem(error);
  }
}
