// From a card to the answer that it came from.
import { asProblem, backend, Problem } from '$lib/backend';
import type { Card } from '$lib/bindings';
import { route, type Page } from '$lib/route.svelte';
import { toasts } from '$lib/toasts.svelte';

/**
 * Opens the conversation at the passage; `from` is where its way back leads. Gives why there is no place to go to.
 * `wanted` is asked once the place is known: whoever has gone on meanwhile is not taken away.
 */
export async function goToSource(card: Card, from: Page, wanted: () => boolean): Promise<Problem | null> {
  if (!card.source) return new Problem('not_found', 'You wrote this card yourself, so there is no answer to go to.');
  try {
    const { conversationId, source } = await backend.cardSource(card.id);
    if (wanted()) route.goToPlace(conversationId, { message: source.messageId, start: source.start, end: source.end, from });
    return null;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.code !== 'not_found') return problem;
    return new Problem('not_found', 'The answer that this card came from was deleted. The card itself is safe.');
  }
}

/** The same, from where there is no room to say why not. */
export async function showSource(card: Card, from: Page, wanted = () => route.page === from): Promise<void> {
  const problem = await goToSource(card, from, wanted);
  if (!problem || !wanted()) return;
  if (problem.code === 'not_found') toasts.show(problem.message);
  else toasts.problem(problem);
}
