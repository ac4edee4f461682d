// The drafts that wait for the person's word: read, edited, mended, kept, dropped. The tray itself is in the program and
// survives a restart; this is what the window knows of it. What is typed and not stored yet lives here, apart from any page,
// and survives with the window's own storage.
import { asProblem, backend, hear, Problem } from '$lib/backend';
import type { Draft, DraftId, MessageId, NewCard } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { cards } from '$lib/time';
import { toasts } from '$lib/toasts.svelte';
import { lacking } from '$features/cards/faces';
import { openConversations } from '$features/chat/open.svelte';
import { Doubles } from './doubles.svelte';
import { marks } from './marks.svelte';
import { keepUnstored, unstoredOf } from './unstored';

const UNDO_MS = 15_000;
const STORE_AFTER_MS = 700;
/** Events come in bursts while drafts are made. */
const RELOAD_AFTER_MS = 150;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

class Tray {
  /** Oldest first. */
  drafts = $state.raw<Draft[]>([]);
  /** False until the tray was read. */
  read = $state(false);
  /** How many wait, also before the tray was read. */
  waiting = $state(0);
  problem = $state<Problem | null>(null);
  /** What is typed and not stored yet. */
  typed = $state.raw<ReadonlyMap<DraftId, NewCard>>(new Map());
  /** Why a draft was not stored, kept or mended. */
  problems = $state.raw<ReadonlyMap<DraftId, Problem>>(new Map());
  /** Drafts with a change on its way. */
  busy = $state.raw<ReadonlySet<DraftId>>(new Set());
  readonly doubles = new Doubles((id) => this.find(id));
  /** What takes back what was done, the latest at the end: a key works back through them. */
  undos = $state.raw<(() => Promise<unknown>)[]>([]);
  #asked = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #soonStored = new Map<DraftId, ReturnType<typeof setTimeout>>();
  /** The storings on their way: of one draft, one after the other. */
  #storing = new Map<DraftId, Promise<boolean>>();
  /** Whose unstored words were taken up. */
  #resumed: string | null = null;
  #gone: ((ids: DraftId[]) => void)[] = [];
  #toast = 0;

  /** What a draft says now, typed or stored. */
  card(draft: Draft): NewCard {
    return this.typed.get(draft.id) ?? draft.card;
  }

  find(id: DraftId): Draft | undefined {
    return this.drafts.find((draft) => draft.id === id);
  }

  of(message: MessageId): Draft[] {
    return this.drafts.filter(({ card }) => card.source?.messageId === message);
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const drafts = await backend.listDrafts();
      if (asked === this.#asked) this.#show(drafts);
    } catch (error) {
      if (asked === this.#asked) this.problem = asProblem(error);
    }
  }

  /** What did not change stays the same object, so that it is not drawn again. */
  #show(drafts: Draft[]): void {
    const known = new Map(this.drafts.map((draft) => [draft.id, draft]));
    this.drafts = drafts.map((draft) => {
      const before = known.get(draft.id);
      return before && same(before, draft) ? before : draft;
    });
    this.waiting = drafts.length;
    this.read = true;
    this.problem = null;
    this.#resume();
    this.#remember();
    this.doubles.only(new Set(drafts.map(({ id }) => id)));
  }

  /** Takes up what was typed before the window was closed and is in no tray. */
  #resume(): void {
    const person = session.profile?.id;
    if (!person || this.#resumed === person) return;
    this.#resumed = person;
    for (const [id, card] of unstoredOf(person)) {
      if (this.find(id) && !this.typed.has(id)) this.type(id, card);
    }
  }

  #remember(): void {
    const person = session.profile?.id;
    // Before the tray was read, it is not known what is there to be taken up.
    if (!person || this.#resumed !== person) return;
    keepUnstored(person, new Map([...this.typed].filter(([id]) => this.find(id))));
  }

  /** Made just now; the tray holds them already. */
  arrived(drafts: Draft[]): void {
    const known = new Set(this.drafts.map(({ id }) => id));
    const fresh = drafts.filter(({ id }) => !known.has(id));
    this.#asked += 1;
    if (fresh.length > 0) this.drafts = [...this.drafts, ...fresh];
    if (!this.read) void this.load();
  }

  /** Told that the tray changed, by this window or not. */
  changed(waiting: number): void {
    this.waiting = waiting;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.load(), RELOAD_AFTER_MS);
  }

  #replace(draft: Draft): void {
    this.drafts = this.drafts.map((one) => (one.id === draft.id ? draft : one));
  }

  #say(id: DraftId, problem: Problem | null): void {
    const problems = new Map(this.problems);
    if (problem) problems.set(id, problem);
    else problems.delete(id);
    this.problems = problems;
  }

  #working(ids: DraftId[], on: boolean): void {
    const busy = new Set(this.busy);
    for (const id of ids) if (on) busy.add(id);
    else busy.delete(id);
    this.busy = busy;
  }

  /** Typed: shown at once, stored a moment later. */
  type(id: DraftId, card: NewCard): void {
    this.typed = new Map(this.typed).set(id, card);
    this.#remember();
    clearTimeout(this.#soonStored.get(id));
    this.#soonStored.set(id, setTimeout(() => void this.store(id), STORE_AFTER_MS));
  }

  /**
   * Stores what is typed; true when nothing is left unstored. What cannot be a card yet waits here. The later of two waits
   * for the earlier, so that the words stored last are those typed last.
   */
  store(id: DraftId): Promise<boolean> {
    clearTimeout(this.#soonStored.get(id));
    this.#soonStored.delete(id);
    const before = this.#storing.get(id);
    const storing = before ? before.then(() => this.#store(id)) : this.#store(id);
    this.#storing.set(id, storing);
    void storing.then(() => this.#storing.get(id) === storing && this.#storing.delete(id));
    return storing;
  }

  async #store(id: DraftId): Promise<boolean> {
    const card = this.typed.get(id);
    if (!card) return true;
    const draft = this.find(id);
    if (draft && same(draft.card, card)) return this.#stored(id, card);
    if (lacking(card)) return false;
    const era = this.#storing;
    try {
      const stored = await backend.updateDraft(id, card);
      if (era !== this.#storing) return true;
      this.#asked += 1;
      this.#replace(stored);
      this.#say(id, null);
      return this.#stored(id, card);
    } catch (error) {
      if (era === this.#storing) this.#say(id, asProblem(error));
      return false;
    }
  }

  /** Unless more was typed meanwhile. */
  #stored(id: DraftId, card: NewCard): boolean {
    if (this.typed.get(id) !== card) return false;
    const typed = new Map(this.typed);
    typed.delete(id);
    this.typed = typed;
    this.#remember();
    return true;
  }

  async storeAll(): Promise<void> {
    await Promise.all([...this.typed.keys()].map((id) => this.store(id)));
  }

  /** Makes cards of drafts. Likely duplicates stay, and are put before the person; what is incomplete stays too. */
  async keep(ids: DraftId[], duplicatesToo = false, quiet = false): Promise<boolean> {
    const wanted = ids.filter((id) => this.find(id) && !this.busy.has(id));
    if (wanted.length === 0) return false;
    this.#working(wanted, true);
    try {
      const stored = await Promise.all(wanted.map((id) => this.store(id)));
      wanted.forEach((id, i) => stored[i] || this.#lacks(id));
      const ready = wanted.filter((id, i) => stored[i] && this.#complete(id));
      if (ready.length === 0) return false;
      const kept = await backend.keepDrafts(ready, duplicatesToo);
      const stayed = new Set(kept.duplicates.map(({ draftId }) => draftId));
      const unfit = new Map(kept.unfit.map(({ draftId, message }) => [draftId, message]));
      const gone = ready.filter((id) => !stayed.has(id) && !unfit.has(id));
      for (const [id, message] of unfit) this.#say(id, new Problem('invalid_input', message));
      this.#kept(gone, kept.cards.length, quiet);
      await this.doubles.stayed(kept.duplicates);
      this.#unexplained(stayed);
      return gone.length > 0;
    } catch (error) {
      this.#failed(wanted, error);
      return false;
    } finally {
      this.#working(wanted, false);
    }
  }

  /** What stayed as a double, and could not be put before the person beside what it doubles, says so itself. */
  #unexplained(stayed: ReadonlySet<DraftId>): void {
    const put = new Set(this.doubles.deciding.map(({ draftId }) => draftId));
    for (const id of stayed) {
      if (this.find(id) && !put.has(id)) this.#say(id, new Problem('invalid_input', 'It is much like another one, so it stayed. Keep it once more to see both.'));
    }
  }

  /** Says what is missing of a draft that cannot be stored for it. */
  #lacks(id: DraftId): void {
    const draft = this.find(id);
    const lack = draft && lacking(this.card(draft));
    if (lack) this.#say(id, new Problem('invalid_input', lack.message));
  }

  #complete(id: DraftId): boolean {
    const draft = this.find(id);
    const lack = draft && lacking(draft.card);
    if (lack) this.#say(id, new Problem('invalid_input', lack.message));
    return draft !== undefined && !lack;
  }

  #kept(ids: DraftId[], made: number, quiet: boolean): void {
    if (ids.length === 0) return;
    const messages = ids.map((id) => this.find(id)?.card.source?.messageId).filter((id) => id !== undefined);
    openConversations.markCards(new Set(messages));
    this.#remove(ids);
    marks.stale();
    if (!quiet) this.done(`${cards(made)} kept. ${made === 1 ? 'It waits' : 'They wait'} for you in Study.`, () => this.restore(ids));
  }

  async drop(ids: DraftId[], quiet = false): Promise<boolean> {
    const wanted = ids.filter((id) => this.find(id) && !this.busy.has(id));
    if (wanted.length === 0) return false;
    this.#working(wanted, true);
    try {
      // What was typed comes back with the draft when it is restored.
      await Promise.all(wanted.map((id) => this.store(id)));
      await backend.dropDrafts(wanted);
      this.#remove(wanted);
      if (!quiet) this.done(`${wanted.length === 1 ? 'Draft' : `${wanted.length} drafts`} dropped.`, () => this.restore(wanted));
      return true;
    } catch (error) {
      this.#failed(wanted, error);
      return false;
    } finally {
      this.#working(wanted, false);
    }
  }

  /** One message at a time: with fast hands they would pile up. */
  #tell(text: string, action: { label: string; run: () => void } | null = null): void {
    toasts.dismiss(this.#toast);
    this.#toast = toasts.show(text, { action, forMs: action ? UNDO_MS : 3_000 });
  }

  /** Says what was done, and offers to take it back, here and by the key. */
  done(text: string, undo: () => Promise<unknown>): void {
    const back = async () => {
      // The key and the message may both be at hand.
      if (!this.undos.includes(back)) return;
      this.undos = this.undos.filter((one) => one !== back);
      toasts.dismiss(this.#toast);
      await undo();
    };
    this.undos = [...this.undos, back];
    this.#tell(text, { label: 'Undo', run: () => void back() });
  }

  #failed(ids: DraftId[], error: unknown): void {
    const problem = asProblem(error);
    // Dealt with elsewhere: the list is out of date.
    if (problem.code === 'not_found') void this.load();
    if (ids.length === 1 && problem.code !== 'not_found') this.#say(ids[0]!, problem);
    else toasts.problem(problem);
  }

  #remove(ids: DraftId[]): void {
    const gone = new Set(ids);
    this.#asked += 1;
    this.drafts = this.drafts.filter(({ id }) => !gone.has(id));
    this.waiting = this.drafts.length;
    this.doubles.only(new Set(this.drafts.map(({ id }) => id)));
    const problems = new Map(this.problems);
    for (const id of ids) problems.delete(id);
    this.problems = problems;
    this.#remember();
    for (const tell of this.#gone) tell(ids);
  }

  /** `listener` is told which drafts are dealt with. */
  whenGone(listener: (ids: DraftId[]) => void): void {
    this.#gone.push(listener);
  }

  async undo(): Promise<void> {
    const last = this.undos.at(-1);
    if (last) await last();
    else this.#tell('There is nothing to undo.');
  }

  /** Takes keeping or dropping back; true when it did. */
  async restore(ids: DraftId[], said?: string): Promise<boolean> {
    try {
      const back = await backend.restoreDrafts(ids);
      marks.stale();
      await this.load();
      this.#tell(said ?? (back.length === 1 ? 'The draft waits again.' : `${back.length} drafts wait again.`));
      return true;
    } catch (error) {
      toasts.problem(error);
      await this.load();
      return false;
    }
  }

  async add(made: NewCard[]): Promise<Draft[]> {
    const drafts = await backend.addDrafts(made);
    this.arrived(drafts);
    this.waiting = Math.max(this.waiting, this.drafts.length);
    return drafts;
  }

  /** Puts what the model proposed in the place of a draft. */
  async replaceWith(id: DraftId, by: NewCard[]): Promise<Draft[]> {
    await this.#storing.get(id);
    const drafts = await backend.replaceDraft(id, by);
    this.#asked += 1;
    const at = this.drafts.findIndex((draft) => draft.id === id);
    this.drafts = [...this.drafts.slice(0, Math.max(0, at)), ...drafts, ...this.drafts.slice(at + 1)];
    this.#stored(id, this.typed.get(id)!);
    this.#say(id, null);
    return drafts;
  }

  forget(): void {
    this.#asked += 1;
    clearTimeout(this.#soon);
    for (const timer of this.#soonStored.values()) clearTimeout(timer);
    this.#soonStored.clear();
    // What is on its way is another person's by the time it is there.
    this.#storing = new Map();
    this.#resumed = null;
    this.drafts = [];
    this.read = false;
    this.waiting = 0;
    this.problem = null;
    this.typed = new Map();
    this.problems = new Map();
    this.busy = new Set();
    this.doubles.forget();
    this.undos = [];
  }
}

export const tray = new Tray();
void hear('draftsChanged', ({ waiting }) => tray.changed(waiting));
session.beforeLeave(() => tray.storeAll());
session.onLeave(() => tray.forget());
