// The scheduler's setting as it is stored, and how it is changed. Others write to it too: every change starts from what
// is stored at that moment.
import { backend, Problem } from '$lib/backend';
import type { ReviewOptions, Scheduling } from '$lib/bindings';
import { session } from '$lib/session.svelte';

class Stored {
  current = $state.raw<Scheduling | null>(null);
  #changing: Promise<unknown> = Promise.resolve();

  constructor() {
    session.onLeave(() => (this.current = null));
  }

  /** Who is signed in when the answer comes must be who asked. */
  async #keep(answer: Promise<Scheduling>): Promise<Scheduling> {
    const asked = session.profile?.id;
    const scheduling = await answer;
    if (session.profile?.id === asked) this.current = scheduling;
    return scheduling;
  }

  load = (): Promise<Scheduling> => this.#keep(backend.getScheduling());
  undoFit = (): Promise<Scheduling> => this.#keep(backend.undoOptimise());

  /** One after another, whoever asks: each change is laid over what the one before it left. */
  change(change: Partial<ReviewOptions>): Promise<Scheduling> {
    const asked = session.profile?.id;
    const changed = this.#changing.then(async () => {
      const { options } = await backend.getScheduling();
      if (session.profile?.id !== asked) throw new Problem('cancelled', 'You have signed out since, so this option was not changed.');
      return this.#keep(backend.setReviewOptions({ ...options, ...change }));
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}

export const stored = new Stored();
