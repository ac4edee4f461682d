// The simulator: asks for what was chosen last, one question at a time, and keeps the last answer on the screen meanwhile.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { Scheduling, Simulation, SimulationRequest } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { stored } from './scheduling.svelte';

const DAYS = 365;
/** A slider is moved faster than a year can be simulated. */
const PAUSE_MS = 250;

const keyOf = (request: SimulationRequest) => JSON.stringify(request);

export function requestOf({ options, defaults }: Scheduling): SimulationRequest {
  return {
    desiredRetention: options.desiredRetention ?? defaults.desiredRetention ?? 0.9,
    days: DAYS,
    newPerDay: options.newPerDay ?? defaults.newPerDay ?? 20,
    reviewsPerDay: options.reviewsPerDay ?? defaults.reviewsPerDay ?? 200,
  };
}

class Simulator {
  /** What the person is trying out. */
  asked = $state<SimulationRequest | null>(null);
  /** What is drawn, and what it was asked with. */
  shown = $state.raw<{ request: SimulationRequest; simulation: Simulation } | null>(null);
  present = $state.raw<{ request: SimulationRequest; simulation: Simulation } | null>(null);
  working = $state(false);
  problem = $state<Problem | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #era = 0;

  constructor() {
    session.onLeave(() => {
      this.#era += 1;
      clearTimeout(this.#timer);
      this.asked = this.shown = this.present = this.problem = null;
      this.working = false;
    });
  }

  async open(): Promise<void> {
    const era = this.#era;
    try {
      const scheduling = await stored.load();
      if (era !== this.#era) return;
      this.asked ??= requestOf(scheduling);
    } catch (error) {
      if (era === this.#era) this.problem = asProblem(error);
      return;
    }
    await this.run();
  }

  change(change: Partial<SimulationRequest>): void {
    if (!this.asked) return;
    Object.assign(this.asked, change);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), PAUSE_MS);
  }

  /** Until what is drawn is what is asked, which may change while an answer is on its way. */
  async run(): Promise<void> {
    if (this.working) return;
    const era = this.#era;
    this.working = true;
    try {
      // The present setting may have been changed elsewhere in the meantime.
      const scheduling = await stored.load();
      while (era === this.#era && this.asked) {
        const now = requestOf(scheduling);
        const next = [
          { place: 'shown' as const, request: $state.snapshot(this.asked) },
          { place: 'present' as const, request: now },
        ].find(({ place, request }) => this[place] === null || keyOf(this[place].request) !== keyOf(request));
        if (!next) break;
        const known = [this.shown, this.present].find((one) => one && keyOf(one.request) === keyOf(next.request));
        const simulation = known?.simulation ?? (await backend.simulate(next.request));
        if (era !== this.#era) return;
        this[next.place] = { request: next.request, simulation };
      }
      this.problem = null;
    } catch (error) {
      if (era === this.#era) this.problem = asProblem(error);
    } finally {
      if (era === this.#era) this.working = false;
    }
  }

  async use(): Promise<void> {
    if (!this.asked) return;
    await stored.change({ desiredRetention: this.asked.desiredRetention });
    await this.run();
  }
}

export const simulator = new Simulator();
