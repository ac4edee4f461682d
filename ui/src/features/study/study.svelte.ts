// A session of study, one step at a time: the question, its answer, a rating, the next question. A rating counts only
// while an answer is open and none is on its way, so that no key, however pressed, rates two cards.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Rating, SessionSummary, StudyCard, StudyStep } from '$lib/bindings';

export type Phase = 'loading' | 'question' | 'answer' | 'rating' | 'finished' | 'problem';

export const RATINGS: readonly Rating[] = ['again', 'hard', 'good', 'easy'];
/** The key that reveals also rates; nobody reads an answer in this time, so it was one press that bounced. */
const BOUNCE_MS = 250;
const LONGEST_MS = 0xffff_ffff;

export class Study {
  phase = $state<Phase>('loading');
  card = $state.raw<StudyCard | null>(null);
  summary = $state.raw<SessionSummary | null>(null);
  /** Why the last rating was not kept, or why there is nothing to show. */
  problem = $state<Problem | null>(null);
  #shownAt = 0;
  #revealedAt = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  async start(): Promise<void> {
    this.phase = 'loading';
    this.problem = null;
    try {
      this.#show(await backend.startStudy());
    } catch (error) {
      this.problem = asProblem(error);
      this.phase = 'problem';
    }
  }

  #show(step: StudyStep): void {
    this.problem = null;
    if (step.type === 'card') {
      this.card = step.card;
      this.#shownAt = this.now();
      this.phase = 'question';
    } else {
      this.card = null;
      this.summary = step.summary;
      this.phase = 'finished';
    }
  }

  reveal(): void {
    if (this.phase !== 'question') return;
    this.#revealedAt = this.now();
    this.phase = 'answer';
  }

  async rate(rating: Rating): Promise<void> {
    const shown = this.card;
    if (this.phase !== 'answer' || !shown) return;
    this.phase = 'rating';
    const spent = Math.min(LONGEST_MS, Math.max(0, Math.round(this.now() - this.#shownAt)));
    try {
      this.#show(await backend.rateCard(shown.card.id, shown.revision, rating, spent));
    } catch (error) {
      const problem = asProblem(error);
      // Rated or changed elsewhere, or deleted: nothing to repeat, the next card is what matters.
      if (problem.code === 'stale_card' || problem.code === 'not_found') return this.start();
      this.problem = problem;
      this.phase = 'answer';
    }
  }

  /** What a key does; true when it was meant for the cards. A key held down counts once. */
  key(key: string, repeat: boolean): boolean {
    const forward = key === ' ' || key === 'Enter';
    const rating = RATINGS[Number(key) - 1];
    if (!forward && !rating) return false;
    if (repeat) return true;
    if (this.phase === 'question' && forward) this.reveal();
    else if (this.phase === 'answer') {
      if (rating) void this.rate(rating);
      else if (this.now() - this.#revealedAt >= BOUNCE_MS) void this.rate('good');
    } else return this.phase === 'question' || this.phase === 'rating';
    return true;
  }
}
