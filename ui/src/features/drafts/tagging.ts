// Tags for many drafts at once, beside those that each has.
import type { Draft, DraftId } from '$lib/bindings';
import { tray } from './tray.svelte';

/** Adds tags to drafts; one word takes them away again where they came with this. */
export async function tagAll(drafts: Draft[], tags: string[]): Promise<void> {
  const came = new Map<DraftId, string[]>();
  for (const draft of drafts) {
    const fresh = tags.filter((tag) => !tray.card(draft).tags.includes(tag));
    if (fresh.length > 0) came.set(draft.id, fresh);
  }
  await change(came, (has, fresh) => [...has, ...fresh]);
  if (came.size > 0) tray.done(`${came.size === 1 ? 'Draft' : `${came.size} drafts`} tagged.`, () => change(came, (has, fresh) => has.filter((tag) => !fresh.includes(tag))));
}

async function change(of: ReadonlyMap<DraftId, string[]>, tagged: (has: string[], fresh: string[]) => string[]): Promise<void> {
  await Promise.all([...of].map(([id, fresh]) => {
    const draft = tray.find(id);
    if (!draft) return;
    const card = tray.card(draft);
    tray.type(id, { ...card, tags: tagged(card.tags, fresh) });
    return tray.store(id);
  }));
}
