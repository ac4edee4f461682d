// What is typed into drafts and not stored, where it outlives the window: of one person, the one who typed last.
import type { DraftId, NewCard, UserId } from '$lib/bindings';

const KEY = 'memoryloop.typed-drafts';
type Unstored = { of: UserId; cards: [DraftId, NewCard][] };

/** What this person typed before; another's is forgotten. */
export function unstoredOf(person: UserId): Map<DraftId, NewCard> {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Unstored | null;
    if (read?.of === person) return new Map(read.cards.filter(([id, card]) => typeof id === 'string' && isCard(card)));
    if (read) localStorage.removeItem(KEY);
  } catch {
    // Storage may be closed to us, or hold what another version wrote; the tray itself is in the program.
  }
  return new Map();
}

export function keepUnstored(person: UserId, cards: ReadonlyMap<DraftId, NewCard>): void {
  try {
    if (cards.size > 0) localStorage.setItem(KEY, JSON.stringify({ of: person, cards: [...cards] } satisfies Unstored));
    else localStorage.removeItem(KEY);
  } catch {
    // Full or closed: what is typed is still in the window, and stored a moment later.
  }
}

function isCard(card: NewCard | null): boolean {
  return typeof card?.question === 'string' && typeof card.answer === 'string' && Array.isArray(card.tags);
}
