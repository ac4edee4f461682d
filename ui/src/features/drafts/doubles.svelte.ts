// What drafts double, as far as it was asked for, and those of which the person is to say which stay.
import { backend } from '$lib/backend';
import type { Draft, DraftId, Duplicate, NewCard } from '$lib/bindings';

const COMPARE_AFTER_MS = 400;

export class Doubles {
  found = $state.raw<ReadonlyMap<DraftId, Duplicate[]>>(new Map());
  /** Drafts that stayed because they are likely duplicates: to be decided one after the other. */
  deciding = $state.raw<Duplicate[]>([]);
  #compared = new Map<DraftId, string>();
  /** To be compared, of all lists on the page. */
  #uncompared = new Set<DraftId>();
  #comparing: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly find: (id: DraftId) => Draft | undefined) {}

  /** Asks what these double, unless that is known of them as they are. In its own time: nothing waits for it. */
  compare(drafts: Draft[]): void {
    const unknown = drafts.filter(({ id, card }) => this.#compared.get(id) !== said(card));
    if (unknown.length === 0) return;
    for (const { id } of unknown) this.#uncompared.add(id);
    clearTimeout(this.#comparing);
    this.#comparing = setTimeout(() => {
      const asked = [...this.#uncompared].flatMap((id) => this.find(id) ?? []);
      this.#uncompared.clear();
      if (asked.length > 0) void this.#compare(asked);
    }, COMPARE_AFTER_MS);
  }

  async #compare(drafts: Draft[]): Promise<void> {
    for (const { id, card } of drafts) this.#compared.set(id, said(card));
    try {
      const fresh = await backend.findDuplicates(drafts.map(({ id }) => id));
      const found = new Map(this.found);
      for (const { id } of drafts) found.delete(id);
      for (const one of fresh) found.set(one.draftId, [...(found.get(one.draftId) ?? []), one]);
      this.found = found;
    } catch {
      // They are compared once more when they are kept, which is when it counts.
      for (const { id } of drafts) this.#compared.delete(id);
    }
  }

  /** Puts before the person what stayed when its batch was kept, the likeliest of each. */
  async stayed(duplicates: Duplicate[]): Promise<void> {
    this.deciding = [...this.deciding, ...likeliest(await this.#standing(duplicates))];
  }

  /** A double of a draft that was kept with it is one of a card by now: those are asked for anew. */
  async #standing(duplicates: Duplicate[]): Promise<Duplicate[]> {
    const moved = new Set(duplicates.flatMap(({ draftId, of }) => (of.type === 'draft' && !this.find(of.draftId) ? [draftId] : [])));
    if (moved.size === 0) return duplicates;
    await this.#compare([...moved].flatMap((id) => this.find(id) ?? []));
    return duplicates.filter(({ draftId }) => !moved.has(draftId)).concat([...moved].flatMap((id) => this.found.get(id) ?? []));
  }

  /** Puts a draft and what it doubles before the person. */
  decide(double: Duplicate): void {
    this.deciding = [double, ...this.deciding.filter(({ draftId }) => draftId !== double.draftId)];
  }

  decided(id: DraftId): void {
    this.deciding = this.deciding.filter(({ draftId }) => draftId !== id);
  }

  /** None of them now: each says in the list what it doubles. */
  later(): void {
    this.deciding = [];
  }

  /** Only these are in the tray. */
  only(there: ReadonlySet<DraftId>): void {
    this.found = new Map([...this.found].filter(([id]) => there.has(id)));
    this.deciding = this.deciding.filter(({ draftId }) => there.has(draftId));
  }

  forget(): void {
    clearTimeout(this.#comparing);
    this.#compared.clear();
    this.#uncompared.clear();
    this.found = new Map();
    this.deciding = [];
  }
}

const said = ({ kind, question, answer }: NewCard) => JSON.stringify([kind ?? 'basic', question, answer]);

function likeliest(duplicates: Duplicate[]): Duplicate[] {
  const best = new Map<DraftId, Duplicate>();
  for (const one of duplicates) if ((best.get(one.draftId)?.similarity ?? -1) < one.similarity) best.set(one.draftId, one);
  return [...best.values()];
}
