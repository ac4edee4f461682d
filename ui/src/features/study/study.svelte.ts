// A session of study, one step at a time: the question, its answer, a rating, the next question. A rating counts only
// while an answer is open and nothing is on its way, so that no key, however pressed, rates two cards. It outlives the
// page, so that one comes back to the card, and to its answer, as one left it.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Card, CardAction, CardId, NewCard, Rating, SessionSummary, StudyCard, StudyChoice, StudyCounts, StudyUpdate, Undoable } from '$lib/bindings';
import type { CardContent } from '$features/cards/content';
import { showSource } from '$features/cards/source';
import { route } from '$lib/route.svelte';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';
import { DONE, type Command } from './keys';

export type Phase = 'loading' | 'question' | 'answer' | 'rating' | 'finished' | 'problem';
/** What lies over the page. */
export type Overlay = { show: 'keys' | 'choose' } | { show: 'info' | 'edit' | 'split' | 'reset'; card: Card };
/** A card that has just become one that keeps being forgotten. */
export type LeechCard = { card: Card; lapses: number };
/** Whether the card on the screen stays as it is when the answer brings it again: never, if unchanged, or in any case. */
type Keep = 'nothing' | 'unchanged' | 'card';

export const RATINGS: readonly Rating[] = ['again', 'hard', 'good', 'easy'];
export const ALL: StudyChoice = { scope: { type: 'all' }, cram: false };
/** Nobody reads a card, or thinks about a change, in this time: a second press within it was one press that bounced. */
const BOUNCE_MS = 250;
/** The same for the key that both rates and shows: what is meant for the next question comes after it was seen. */
const UNSEEN_MS = 150;
const LONGEST_MS = 0xffff_ffff;
const TOAST_MS = 5_000;

export class Study {
  phase = $state<Phase>('loading');
  card = $state.raw<StudyCard | null>(null);
  summary = $state.raw<SessionSummary | null>(null);
  choice = $state.raw<StudyChoice>(ALL);
  /** What is left of the choice; the sidebar's is of everything. */
  counts = $state.raw<StudyCounts | null>(null);
  undoable = $state.raw<Undoable | null>(null);
  redoable = $state.raw<Undoable | null>(null);
  leeches = $state.raw<LeechCard[]>([]);
  overlay = $state.raw<Overlay | null>(null);
  menuOpen = $state(false);
  /** Why the last change was not kept, or why there is nothing to show. */
  problem = $state<Problem | null>(null);
  /** Counted up with each card that comes, the same card again included. */
  turn = $state(0);
  busy = $state(false);
  #shownAt = 0;
  #revealedAt = 0;
  #changedAt = -BOUNCE_MS;
  /** The turn that the key which also shows the answer has led to. */
  #forwardedTo = 0;
  /** Since when the person is elsewhere: that time is not spent on the card. */
  #awaySince: number | null = null;
  #away = 0;
  #toast = 0;
  /** The command that is on its way. */
  #pending: Promise<unknown> = Promise.resolve();
  /** Counted up at sign-out: what comes back from before is another person's. */
  #era = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Begins what is chosen; without a choice goes on where one was. */
  async start(choice: StudyChoice | null = null): Promise<void> {
    if (!this.card) this.phase = 'loading';
    this.overlay = null;
    const era = this.#era;
    // A choice is not lost because another command is on its way.
    while (this.busy) await this.#pending;
    if (era !== this.#era) return;
    await this.#ask(() => backend.startStudy(choice), choice ? 'nothing' : 'unchanged');
  }

  /** Reads anew what is shown, after something elsewhere has changed schedules or what can be undone. */
  async refresh(): Promise<void> {
    if (!this.card && this.phase !== 'finished') return;
    const era = this.#era;
    while (this.busy) await this.#pending;
    if (era === this.#era) await this.#ask(this.#again, 'card');
  }

  /** A session that is at its end is asked for nothing more, so that it is not begun anew. */
  readonly #again = (): Promise<StudyUpdate> => (this.card ? backend.startStudy(null) : backend.studyMore(0, 0));

  async more(newCards: number, reviews: number): Promise<void> {
    await this.#ask(() => backend.studyMore(newCards, reviews), 'nothing');
  }

  leave(): void {
    // Elsewhere it would lie over what is there; undoing waits here all the same.
    toasts.dismiss(this.#toast);
    this.overlay = null;
    this.menuOpen = false;
    this.#awaySince ??= this.now();
  }

  back(): void {
    if (this.#awaySince !== null) this.#away += Math.max(0, this.now() - this.#awaySince);
    this.#awaySince = null;
  }

  open(overlay: Overlay): void {
    this.#awaySince ??= this.now();
    this.overlay = overlay;
  }

  close(): void {
    this.overlay = null;
    this.back();
  }

  /** `about`: the card that the command is for, where it may be another than the one shown. */
  #ask(command: () => Promise<StudyUpdate>, keep: Keep, about: CardId | null = null): Promise<StudyUpdate | null> {
    if (this.busy) return Promise.resolve(null);
    this.busy = true;
    const asked = this.#run(command, keep, about);
    this.#pending = asked;
    return asked;
  }

  async #run(command: () => Promise<StudyUpdate>, keep: Keep, about: CardId | null): Promise<StudyUpdate | null> {
    const era = this.#era;
    try {
      const update = await command();
      if (era !== this.#era) return null;
      this.#apply(update, keep);
      return update;
    } catch (error) {
      if (era === this.#era) await this.#failed(asProblem(error), about);
      return null;
    } finally {
      if (era === this.#era) this.busy = false;
    }
  }

  async #failed(problem: Problem, about: CardId | null): Promise<void> {
    const era = this.#era;
    const shown = this.card?.card.id;
    if (problem.code === 'not_found' && about !== null && about !== shown) {
      this.dismissLeech(about);
      return this.#tell(problem.message);
    }
    const nothing = problem.code === 'nothing_to_undo';
    if (nothing) this.#tell(problem.message);
    // Rated or changed elsewhere, or deleted: what it is now, or the next card, is what matters.
    if (nothing || (shown && (problem.code === 'stale_card' || problem.code === 'not_found'))) {
      try {
        const update = await this.#again();
        if (era === this.#era) this.#goOn(update, problem);
        return;
      } catch (error) {
        if (era !== this.#era) return;
        problem = asProblem(error);
      }
    }
    this.problem = problem;
    if (this.phase === 'rating') this.phase = 'answer';
    else if (this.phase === 'loading') this.phase = 'problem';
  }

  #goOn(update: StudyUpdate, { code }: Problem): void {
    const same = update.step.type === 'card' && update.step.card.card.id === this.card?.card.id;
    const unrated = code === 'stale_card' && same && this.phase === 'rating';
    if (unrated) this.phase = 'answer';
    this.#apply(update, unrated || code === 'nothing_to_undo' ? 'card' : 'nothing');
    if (unrated) this.#tell('That rating was not counted, because the card had changed. Please rate it again.');
  }

  #apply({ choice, step, counts, undo, redo, leech }: StudyUpdate, keep: Keep): void {
    const before = this.card;
    this.problem = null;
    this.choice = choice;
    this.counts = counts;
    this.undoable = undo;
    this.redoable = redo;
    if (leech && before?.card.id === leech.cardId) {
      this.leeches = [...this.#leechesBut(leech.cardId), { card: before.card, lapses: leech.lapses }];
    }
    if (step.type === 'finished') {
      this.card = null;
      this.summary = step.summary;
      this.phase = 'finished';
      return;
    }
    const same = keep !== 'nothing' && before?.card.id === step.card.card.id
      && (keep === 'card' || before.revision === step.card.revision)
      && (this.phase === 'question' || this.phase === 'answer');
    this.card = step.card;
    if (same) return;
    this.turn += 1;
    this.#shownAt = this.now();
    this.#away = 0;
    if (this.#awaySince !== null) this.#awaySince = this.#shownAt;
    this.phase = 'question';
  }

  reveal(): void {
    if (this.phase !== 'question') return;
    this.#revealedAt = this.now();
    this.phase = 'answer';
  }

  /** The same for the mouse: a double click that showed the answer does not also rate it. */
  press(rating: Rating): void {
    if (!this.#bounced(this.#revealedAt)) void this.rate(rating);
  }

  async rate(rating: Rating): Promise<void> {
    const shown = this.card;
    if (this.phase !== 'answer' || !shown || this.busy) return;
    this.phase = 'rating';
    const spent = Math.min(LONGEST_MS, Math.max(0, Math.round(this.now() - this.#shownAt - this.#away)));
    await this.#ask(() => backend.rateCard(shown.card.id, shown.revision, rating, spent), 'nothing');
  }

  async change(id: CardId, action: CardAction): Promise<void> {
    const stays = id !== this.card?.card.id || action === 'mark' || action === 'unmark';
    const last = this.undoable?.id;
    const update = await this.#ask(() => backend.changeCard(id, action), stays ? 'card' : 'nothing', id);
    if (!update) return;
    if (!stays || action === 'suspend' || action === 'reset') this.dismissLeech(id);
    // It was so already, and what could be undone would be something else.
    if (update.undo?.id === last) return this.#tell('There was nothing to change.');
    this.#say(DONE[action], update.undo);
  }

  /** Throws what went wrong: the form that asked keeps what was typed and shows it. */
  async edit(id: CardId, { question, answer, tags }: CardContent): Promise<void> {
    const era = this.#era;
    const { card, undo } = await backend.updateCard(id, question, answer, tags);
    if (era !== this.#era) return;
    if (this.card?.card.id === id) this.card = { ...this.card, card, marked: card.tags.includes('marked') };
    this.dismissLeech(id);
    this.close();
    await this.#ask(this.#again, 'card');
    if (era === this.#era) this.#say('Card saved.', undo);
  }

  async split(id: CardId, parts: NewCard[]): Promise<void> {
    const era = this.#era;
    const update = await backend.splitCard(id, parts);
    if (era !== this.#era) return;
    this.dismissLeech(id);
    this.close();
    this.#apply(update, id === this.card?.card.id ? 'nothing' : 'card');
    this.#say(`Card split into ${parts.length}.`, update.undo);
  }

  /** Takes back the last change, or this one; always by its id, so that nothing but what it names is taken back. */
  async undo(one: Undoable | null = null): Promise<void> {
    const what = one ?? this.undoable;
    if (!what) return this.#tell('There is nothing to undo.');
    const update = await this.#ask(() => backend.undo(what.id), 'unchanged');
    if (!update) return;
    if (update.step.type === 'card') this.dismissLeech(update.step.card.card.id);
    this.#tell(`Undid ${what.what}.`, update.redo ? { label: 'Redo', run: () => void this.redo() } : null);
  }

  async redo(): Promise<void> {
    const what = this.redoable;
    if (!what) return this.#tell('There is nothing to redo.');
    const update = await this.#ask(() => backend.redo(), 'unchanged');
    if (update) this.#say(`Redid ${what.what}.`, update.undo);
  }

  /** From the notice, whose card may have been changed since. */
  async reshape(id: CardId, show: 'edit' | 'split'): Promise<void> {
    const era = this.#era;
    try {
      const { card } = await backend.cardInfo(id);
      // Not over another page, nor over what was opened meanwhile.
      if (era === this.#era && this.#awaySince === null) this.open({ show, card });
    } catch (error) {
      if (era !== this.#era) return;
      const problem = asProblem(error);
      if (problem.code === 'not_found') this.dismissLeech(id);
      this.#tell(problem.message);
    }
  }

  /** To the answer that a card came from, unless the person has gone on before it was found. */
  async source(card: Card): Promise<void> {
    const { page } = route;
    const { turn } = this;
    const era = this.#era;
    await showSource(card, 'study', () => era === this.#era && route.page === page && turn === this.turn && !this.overlay);
  }

  dismissLeech(id: CardId): void {
    this.leeches = this.#leechesBut(id);
  }

  #leechesBut(id: CardId): LeechCard[] {
    return this.leeches.filter(({ card }) => card.id !== id);
  }

  #say(text: string, undo: Undoable | null): void {
    this.#tell(text, undo ? { label: 'Undo', run: () => void this.undo(undo) } : null);
  }

  /** One message at a time: with fast hands they would pile up. */
  #tell(text: string, action: { label: string; run: () => void } | null = null): void {
    toasts.dismiss(this.#toast);
    this.#toast = toasts.show(text, { action, forMs: TOAST_MS });
  }

  #bounced(since: number, within = BOUNCE_MS): boolean {
    return this.now() - since < within;
  }

  /** Whether a key may change the card now: not while one is on its way, nor right after the last, nor unseen. */
  #mayChange(): boolean {
    if (this.busy || this.#bounced(this.#changedAt)) return false;
    return !this.card || !this.#bounced(this.#shownAt);
  }

  /** What a key does; true when it was meant for studying. A key held down counts once. */
  take(command: Command, repeat: boolean): boolean {
    if (command === 'forward' || RATINGS.includes(command as Rating)) return this.#answer(command as 'forward' | Rating, repeat);
    if (repeat || this.phase === 'loading') return true;
    if (command === 'keys' || command === 'choose') this.open({ show: command });
    else if (command === 'undo' || command === 'redo') {
      // Going back step by step is quick, and each step shows what it did: only the bounce of a press is caught.
      if (this.busy || this.#bounced(this.#changedAt)) return true;
      this.#changedAt = this.now();
      void (command === 'undo' ? this.undo() : this.redo());
    } else if (!this.card) return false;
    else this.#onCard(command as Exclude<Command, 'forward' | Rating | 'undo' | 'redo' | 'keys' | 'choose'>, this.card);
    return true;
  }

  #answer(command: 'forward' | Rating, repeat: boolean): boolean {
    if (!this.card) return false;
    if (repeat) return true;
    if (command === 'forward') {
      if (this.phase === 'question') {
        if (this.turn !== this.#forwardedTo || !this.#bounced(this.#shownAt, UNSEEN_MS)) this.reveal();
      } else if (this.phase === 'answer' && !this.#bounced(this.#revealedAt)) {
        this.#forwardedTo = this.turn + 1;
        void this.rate('good');
      }
    } else if (this.phase === 'answer') void this.rate(command);
    return true;
  }

  #onCard(command: 'edit' | 'info' | 'reset' | 'menu' | 'source' | 'mark' | 'bury' | 'suspend' | 'delete', { card, marked }: StudyCard): void {
    if (command === 'edit' || command === 'info' || command === 'reset') this.open({ show: command, card });
    else if (command === 'menu') this.menuOpen = true;
    else if (command === 'source') void this.source(card);
    else if (this.#mayChange()) {
      this.#changedAt = this.now();
      void this.change(card.id, command === 'mark' && marked ? 'unmark' : command);
    }
  }

  forget(): void {
    this.#era += 1;
    this.busy = false;
    this.menuOpen = false;
    this.phase = 'loading';
    this.card = null;
    this.summary = null;
    this.choice = ALL;
    this.counts = null;
    this.undoable = null;
    this.redoable = null;
    this.leeches = [];
    this.overlay = null;
    this.problem = null;
    this.#awaySince = null;
    this.#away = 0;
  }
}

export const study = new Study();
session.onLeave(() => study.forget());
