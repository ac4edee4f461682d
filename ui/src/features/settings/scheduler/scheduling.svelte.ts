// The scheduler's setting as it is stored, and how it is changed. Others write to it too: every change starts from what
// is stored at that moment.
import { backend } from '$lib/backend';
import type { ReviewOptions, Scheduling } from '$lib/bindings';
import { session } from '$lib/session.svelte';

class Stored {
  current = $state.raw<Scheduling | null>(null);

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

  async change(change: Partial<ReviewOptions>): Promise<Scheduling> {
    const { options } = await backend.getScheduling();
    return this.#keep(backend.setReviewOptions({ ...options, ...change }));
  }
}

export const stored = new Stored();
