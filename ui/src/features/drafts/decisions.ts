// What is done with a draft and what it doubles, each as one thing that is taken back at once.
import { asProblem, backend } from '$lib/backend';
import type { CardId, DraftId, NewCard, Undoable } from '$lib/bindings';
import { toasts } from '$lib/toasts.svelte';
import { cardList } from '$features/cards/cards.svelte';
import { study } from '$features/study/study.svelte';
import { marks } from './marks.svelte';
import { tray } from './tray.svelte';

/** What shows cards shows them as they are now. */
function cardsChanged(): void {
  marks.stale();
  if (cardList.total !== null) void cardList.load();
  void study.refresh();
}

/** Takes back what was done to a card; the drafts come back whatever comes of that. */
async function takeBack(undo: Undoable | null, drafts: DraftId[], said: string): Promise<boolean> {
  let problem: unknown = null;
  try {
    if (undo) await backend.undo(undo.id);
  } catch (error) {
    problem = error;
  }
  const back = await tray.restore(drafts, problem ? undefined : said);
  if (problem) toasts.problem(problem);
  cardsChanged();
  return back;
}

/** The draft takes the place of a card. */
export async function keepInstead(draft: DraftId, card: CardId): Promise<boolean> {
  if (!(await tray.keep([draft], true, true))) return false;
  let undo: Undoable | null = null;
  let problem = null;
  try {
    ({ undo } = await backend.changeCard(card, 'delete'));
  } catch (error) {
    problem = asProblem(error);
  }
  cardsChanged();
  const gone = problem === null || problem.code === 'not_found';
  tray.done(gone ? 'Draft kept. The earlier card was deleted.' : 'Draft kept.', () => takeBack(undo, [draft], undo ? 'The earlier card is back, and the draft waits again.' : 'The draft waits again.'));
  // Both are there then, and the person knows.
  if (problem && !gone) toasts.problem(problem);
  return true;
}

/** The draft is kept and the other one, which it doubles, goes. */
export async function keepRather(draft: DraftId, other: DraftId): Promise<boolean> {
  if (!(await tray.keep([draft], true, true))) return false;
  const dropped = await tray.drop([other], true);
  const both = dropped ? [draft, other] : [draft];
  tray.done(dropped ? 'Draft kept. The other one was dropped.' : 'Draft kept.', () => tray.restore(both));
  return true;
}

/** The card has the merged words, and the draft goes. */
export async function mergeIntoCard(draft: DraftId, card: CardId, merged: NewCard): Promise<boolean> {
  const { card: after, undo } = await backend.updateCard(card, merged.question, merged.answer, merged.tags);
  cardList.replace(after);
  cardsChanged();
  if (!(await tray.drop([draft], true))) return false;
  tray.done('Merged into the card you have.', () => takeBack(undo, [draft], 'The card says what it said, and the draft waits again.'));
  return true;
}

/** One card of two drafts. */
export async function mergeDrafts(draft: DraftId, other: DraftId, merged: NewCard): Promise<boolean> {
  const found = tray.find(draft);
  if (!found) return false;
  const before = tray.card(found);
  tray.type(draft, merged);
  if (!(await tray.store(draft)) || !(await tray.keep([draft], true, true))) return false;
  const dropped = await tray.drop([other], true);
  tray.done('Merged into one card.', async () => {
    if (!(await tray.restore(dropped ? [draft, other] : [draft]))) return false;
    tray.type(draft, before);
    return tray.store(draft);
  });
  return true;
}
