// From a card to the answer that it came from.
import { asProblem, backend } from '$lib/backend';
import type { Card } from '$lib/bindings';
import { route, type Page } from '$lib/route.svelte';
import { toasts } from '$lib/toasts.svelte';

/** Opens the conversation at the passage; `from` is where its way back leads. True when there was a place to go to. */
export async function goToSource(card: Card, from: Page): Promise<boolean> {
  if (!card.source) {
    toasts.show('You wrote this card yourself, so there is no answer to go to.');
    return false;
  }
  try {
    const { conversationId, source } = await backend.cardSource(card.id);
    route.goToPlace(conversationId, { message: source.messageId, start: source.start, end: source.end, from });
    return true;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code === 'not_found') toasts.show('The answer that this card came from was deleted. The card itself is safe.');
    else toasts.problem(problem);
    return false;
  }
}
