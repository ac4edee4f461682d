// The fitting of the weights, the rescheduling after it and the rebuilding from the log. Kept here and not on the page:
// whoever leaves the page while it works finds it again, with its result.
import { asProblem, backend, channel, type Problem } from '$lib/backend';
import type { OptimiseProgress, OptimiseReport, Progress, Rebuilt, ReschedulePreview } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { study } from '$features/study/study.svelte';
import { stored } from './scheduling.svelte';

export type Fitting =
  | { is: 'idle' }
  | { is: 'running'; since: number; progress: OptimiseProgress | null; cancelling: boolean }
  | { is: 'done'; report: OptimiseReport }
  | { is: 'cancelled' }
  | { is: 'undone' }
  | { is: 'failed'; problem: Problem };

export type Rescheduling =
  | { is: 'idle' }
  | { is: 'previewing' }
  | { is: 'offered'; preview: ReschedulePreview }
  | { is: 'running'; preview: ReschedulePreview }
  | { is: 'done'; cards: number }
  | { is: 'failed'; problem: Problem };

export type Rebuilding =
  | { is: 'idle' }
  | { is: 'running'; progress: Progress | null }
  | { is: 'done'; rebuilt: Rebuilt }
  | { is: 'failed'; problem: Problem };

class Optimiser {
  fitting = $state<Fitting>({ is: 'idle' });
  rescheduling = $state<Rescheduling>({ is: 'idle' });
  rebuilding = $state<Rebuilding>({ is: 'idle' });
  /** Counted up at sign-out: what comes back from before is another person's. */
  #era = 0;
  /** Counted up when the setting is no longer that of the preview, which may still be on its way. */
  #setting = 0;

  constructor() {
    session.beforeLeave(async () => {
      if (this.fitting.is === 'running') await this.cancel().catch(() => undefined);
    });
    session.onLeave(() => {
      this.#era += 1;
      this.fitting = { is: 'idle' };
      this.rescheduling = { is: 'idle' };
      this.rebuilding = { is: 'idle' };
    });
  }

  get busy(): boolean {
    return this.fitting.is === 'running' || this.rescheduling.is === 'previewing' || this.rescheduling.is === 'running' || this.rebuilding.is === 'running';
  }

  async fit(): Promise<void> {
    if (this.busy) return;
    const era = this.#era;
    this.#noPreview();
    this.fitting = { is: 'running', since: Date.now(), progress: null, cancelling: false };
    try {
      const report = await backend.optimise(
        channel<OptimiseProgress>((progress) => {
          if (era === this.#era && this.fitting.is === 'running') this.fitting.progress = progress;
        }),
      );
      if (era !== this.#era) return;
      this.fitting = { is: 'done', report };
      void study.refresh();
      await stored.load();
    } catch (error) {
      if (era !== this.#era) return;
      // It may have failed after the weights were put to use.
      void study.refresh();
      void stored.load().catch(() => {});
      const problem = asProblem(error);
      // Where the fitting itself went well, only its date could not be read.
      if (this.fitting.is === 'running') this.fitting = problem.code === 'cancelled' ? { is: 'cancelled' } : { is: 'failed', problem };
    }
  }

  async cancel(): Promise<void> {
    if (this.fitting.is !== 'running' || this.fitting.cancelling) return;
    this.fitting.cancelling = true;
    try {
      await backend.cancelOptimise();
    } catch (error) {
      if (this.fitting.is === 'running') this.fitting.cancelling = false;
      throw error;
    }
  }

  async undo(): Promise<void> {
    const era = this.#era;
    await stored.undoFit();
    if (era !== this.#era) return;
    this.fitting = { is: 'undone' };
    this.#noPreview();
    void study.refresh();
  }

  async previewReschedule(): Promise<void> {
    if (this.busy) return;
    await this.#reschedule({ is: 'previewing' }, async () => ({ is: 'offered', preview: await backend.previewReschedule() }));
  }

  /** Only from a preview: nobody reschedules without having seen what it does. */
  async reschedule(): Promise<void> {
    if (this.rescheduling.is !== 'offered' || this.busy) return;
    const { preview } = this.rescheduling;
    await this.#reschedule({ is: 'running', preview }, async () => ({ is: 'done', cards: await backend.reschedule() }));
  }

  /** What was worked out for another setting is not offered. */
  dropPreview(): void {
    if (this.rescheduling.is === 'previewing' || this.rescheduling.is === 'offered') this.#noPreview();
  }

  #noPreview(): void {
    if (this.rescheduling.is === 'running') return;
    this.#setting += 1;
    this.rescheduling = { is: 'idle' };
  }

  async #reschedule(meanwhile: Rescheduling, work: () => Promise<Rescheduling>): Promise<void> {
    const era = this.#era;
    const setting = this.#setting;
    this.rescheduling = meanwhile;
    const after = await work().catch((error): Rescheduling => ({ is: 'failed', problem: asProblem(error) }));
    if (era !== this.#era || setting !== this.#setting) return;
    this.rescheduling = after;
    if (after.is === 'done') void study.refresh();
  }

  async rebuild(): Promise<void> {
    if (this.busy) return;
    const era = this.#era;
    this.rebuilding = { is: 'running', progress: null };
    const heard = channel<Progress>((progress) => {
      if (era === this.#era && this.rebuilding.is === 'running') this.rebuilding.progress = progress;
    });
    const after = await backend
      .rebuildSchedules(heard)
      .then((rebuilt): Rebuilding => ({ is: 'done', rebuilt }))
      .catch((error): Rebuilding => ({ is: 'failed', problem: asProblem(error) }));
    if (era !== this.#era) return;
    this.rebuilding = after;
    if (after.is === 'done') void study.refresh();
  }
}

export const optimiser = new Optimiser();
