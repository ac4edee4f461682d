// From a card, or a draft of one, to the answer that it came from.
import { asProblem, backend, Problem } from '$lib/backend';
import type { Card, ConversationId, MessageId, Source } from '$lib/bindings';
import { openConversations } from '$features/chat/open.svelte';
import { route, type Page } from '$lib/route.svelte';
import { toasts } from '$lib/toasts.svelte';

/**
 * Opens the conversation at the passage; `from` is where its way back leads. Gives why there is no place to go to.
 * `wanted` is asked once the place is known: whoever has gone on meanwhile is not taken away.
 */
export async function goToSource(card: Card, from: Page, wanted: () => boolean): Promise<Problem | null> {
  if (!card.source) return new Problem('not_found', 'You wrote this card yourself, so there is no answer to go to.');
  try {
    const { conversationId, source, changed } = await backend.cardSource(card.id);
    await bringForth(source.messageId, conversationId);
    if (wanted()) route.goToPlace(conversationId, { message: source.messageId, start: source.start, end: source.end, from, changed });
    return null;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code !== 'not_found') return problem;
    return new Problem('not_found', 'The answer that this card came from was deleted. The card itself is safe.');
  }
}

/**
 * Another version of the answer may stand in its place; then this one is shown again, in the store and on the page alike.
 * Not while something is written there: page and store would go different ways. Gives the conversation.
 */
async function bringForth(message: MessageId, conversation: ConversationId | null): Promise<ConversationId> {
  const turns = conversation ? openConversations.opened(conversation) : openConversations.holding(message);
  if (turns?.holds(message) === 'shown') return turns.id;
  if (turns?.busy) throw new Problem('busy', 'Another version of that answer is shown, and an answer is being written after it. Try again when it has ended.');
  const shown = await backend.showVersion(message);
  openConversations.opened(shown.summary.id)?.apply(shown);
  return shown.summary.id;
}

/** From a draft to the passage that it rests on; `here`: its answer is on the page already. */
export async function goToDraftSource(source: Source, here: boolean): Promise<void> {
  const { messageId: message, start, end } = source;
  const from = here ? null : route.page;
  try {
    const conversation = here && route.id ? route.id : await bringForth(message, null);
    if (!here && route.page !== from) return;
    route.goToPlace(conversation, { message, start, end, from });
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'not_found') toasts.show('The answer that this draft came from was deleted. The draft itself is safe.');
    else toasts.problem(problem);
  }
}

/** The same, from where there is no room to say why not. */
export async function showSource(card: Card, from: Page, wanted = () => route.page === from): Promise<void> {
  const problem = await goToSource(card, from, wanted);
  if (!problem || !wanted()) return;
  if (problem.code === 'not_found') toasts.show(problem.message);
  else toasts.problem(problem);
}
