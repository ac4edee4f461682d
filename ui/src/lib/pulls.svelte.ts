// Models that Ollama is fetching, told of wherever one is in the window. A pull goes on whatever page is open.
import { asProblem, backend, hear } from '$lib/backend';
import type { Pull } from '$lib/bindings';

/** Ollama takes "llama3.2" for "llama3.2:latest"; what is told under one name is asked for under the other. */
const whole = (name: string) => (name.includes(':') ? name : `${name}:latest`);

class Pulls {
  #byName = $state.raw<Record<string, Pull>>({});
  #cancelled = new Set<string>();
  /** Ended ones that the person has seen; the backend goes on telling of them. */
  #dismissed = new Set<string>();
  #listening = false;
  #ended: () => void = () => {};

  /** `ended` is called when a model has come, or a pull of one has ended otherwise. */
  listen(ended: () => void): void {
    this.#ended = ended;
    if (this.#listening) return;
    this.#listening = true;
    void hear('pullChanged', (pull) => this.#is(pull));
  }

  /** Those that ran before the window asked. What has been heard since is newer. */
  known(pulls: Pull[]): void {
    for (const pull of pulls) if (!this.#seen(pull)) this.#byName = { [whole(pull.name)]: pull, ...this.#byName };
  }

  of(name: string): Pull | null {
    return this.#byName[whole(name)] ?? null;
  }

  get all(): Pull[] {
    return Object.values(this.#byName);
  }

  runs(name: string): boolean {
    const state = this.of(name)?.state;
    return state === 'running' || state === 'verifying';
  }

  #seen({ name, state }: Pull): boolean {
    if (state === 'running' || state === 'verifying') this.#dismissed.delete(whole(name));
    return this.#dismissed.has(whole(name));
  }

  #is(pull: Pull): void {
    if (this.#seen(pull)) return;
    const before = this.of(pull.name)?.state;
    this.#byName = { ...this.#byName, [whole(pull.name)]: pull };
    if (pull.state !== before && (pull.state === 'done' || pull.state === 'cancelled')) this.#ended();
  }

  /** Has it fetched, going on where an earlier pull stopped; whether it is there then. */
  async start(name: string): Promise<boolean> {
    const wanted = name.trim();
    if (!wanted || this.runs(wanted)) return false;
    this.#is({ name: wanted, state: 'running', completedBytes: this.of(wanted)?.completedBytes ?? 0, totalBytes: null, bytesPerSecond: null, problem: null });
    try {
      await backend.pullModel(wanted);
    } catch (error) {
      const { code, message } = asProblem(error);
      const pull = this.of(wanted)!;
      // Why it failed is told in an event too, before or after; the words are the same.
      this.#is({ ...pull, state: code === 'cancelled' ? 'cancelled' : 'failed', bytesPerSecond: null, problem: code === 'cancelled' ? null : message });
    }
    // The event that tells the end may still be on its way.
    const cancelled = this.#cancelled.delete(whole(wanted));
    if (this.runs(wanted)) this.#is({ ...this.of(wanted)!, state: cancelled ? 'cancelled' : 'done', bytesPerSecond: null });
    return this.of(wanted)?.state === 'done';
  }

  async cancel(name: string): Promise<void> {
    this.#cancelled.add(whole(name));
    await backend.cancelPull(this.of(name)?.name ?? name);
  }

  /** Takes an ended one off the page. */
  dismiss(name: string): void {
    const { [whole(name)]: _, ...rest } = this.#byName;
    this.#byName = rest;
    this.#dismissed.add(whole(name));
  }

  forget(): void {
    this.#byName = {};
    this.#dismissed.clear();
  }
}

export const pulls = new Pulls();
