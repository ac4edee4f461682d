// Who is signed in, how the database is, what is due, and the settings: what more than one page needs to know.
import { asProblem, backend, hear, onSignedOut, Problem } from '$lib/backend';
import type {
  AppStatus,
  DatabaseState,
  EmbeddingProgress,
  ModelInfo,
  ModelRef,
  Models,
  Profile,
  Settings,
  StudyCounts,
  Theme,
} from '$lib/bindings';
import { pulls } from '$lib/pulls.svelte';
import { toasts } from '$lib/toasts.svelte';

const THEME_KEY = 'memoryloop.theme';
const NO_SETTINGS: Settings = { model: null, theme: 'system' };

/** Puts the theme on the page. It is also remembered there, so that the next start does not flash in the other one. */
export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage may be closed to us; the settings still hold the theme.
  }
}

export function rememberedTheme(): Theme {
  try {
    const theme = localStorage.getItem(THEME_KEY);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

export const sameModel = (a: ModelRef | null, b: ModelRef | null) => a?.provider === b?.provider && a?.name === b?.name;

class Session {
  /** Null until the program has answered for the first time. */
  status = $state<AppStatus | null>(null);
  startProblem = $state<Problem | null>(null);
  database = $state<DatabaseState>({ type: 'starting' });
  profile = $state<Profile | null>(null);
  settings = $state<Settings>(NO_SETTINGS);
  /** False until the profile's settings are read; first-run offers wait for it. */
  settingsRead = $state(false);
  counts = $state<StudyCounts | null>(null);
  models = $state<Models | null>(null);
  modelsProblem = $state<Problem | null>(null);
  loadingModels = $state(false);
  embedding = $state<EmbeddingProgress | null>(null);
  /** The person was signed out without asking for it, and is told so where they sign in. */
  over = $state(false);
  /** Counted up with each change to the list of conversations. */
  conversationsVersion = $state(0);
  #waiting: { ready: () => void; failed: (problem: Problem) => void }[] = [];
  #finishing: (() => Promise<unknown>)[] = [];
  #forgetting: (() => void)[] = [];

  /** Work to be finished while the person is still signed in. */
  beforeLeave(finish: () => Promise<unknown>): void {
    this.#finishing.push(finish);
  }

  /** What one profile has on the screen and the next must not see is dropped here. */
  onLeave(forget: () => void): void {
    this.#forgetting.push(forget);
  }

  async start(): Promise<void> {
    onSignedOut(() => this.#profileIs(null));
    void hear('databaseChanged', (state) => this.#databaseIs(state));
    void hear('profileChanged', (profile) => this.#profileIs(profile));
    void hear('studyCountsChanged', (counts) => (this.counts = counts));
    void hear('conversationsChanged', () => (this.conversationsVersion += 1));
    pulls.listen(() => void this.loadModels());
    void hear('embeddingProgress', (progress) => (this.embedding = progress));
    try {
      const status = await backend.appStatus();
      this.status = status;
      this.startProblem = null;
      this.#databaseIs(status.database);
      if (status.profile) await this.#enter(status.profile);
    } catch (error) {
      this.startProblem = asProblem(error);
    }
  }

  #databaseIs(state: DatabaseState): void {
    const before = this.database.type;
    this.database = state;
    if (state.type === 'ready') {
      this.#waiting.splice(0).forEach(({ ready }) => ready());
      if (before !== 'ready' && this.profile) {
        this.conversationsVersion += 1;
        void this.refreshCounts();
      }
    } else if (state.type === 'failed') {
      this.#waiting.splice(0).forEach(({ failed }) => failed(new Problem('database_unavailable', state.message)));
    }
  }

  /** Resolves when the database answers; rejects when it failed for good. */
  databaseReady(): Promise<void> {
    if (this.database.type === 'ready') return Promise.resolve();
    if (this.database.type === 'failed') {
      return Promise.reject(new Problem('database_unavailable', this.database.message));
    }
    return new Promise((ready, failed) => this.#waiting.push({ ready, failed }));
  }

  async #enter(profile: Profile): Promise<void> {
    this.profile = profile;
    this.over = false;
    void this.refreshCounts();
    try {
      this.settings = await backend.getSettings();
      applyTheme(this.settings.theme);
    } catch (error) {
      toasts.problem(error);
    }
    this.settingsRead = true;
  }

  async enter(how: 'create' | 'signIn', email: string, password: string): Promise<void> {
    await this.databaseReady();
    const profile = await (how === 'create'
      ? backend.createProfile(email, password)
      : backend.signIn(email, password));
    await this.#enter(profile);
  }

  async signOut(): Promise<void> {
    for (const finish of this.#finishing) await finish();
    await backend.signOut();
    this.#forget();
    // A command that was on its way may have been refused meanwhile; leaving was the person's own wish all the same.
    this.over = false;
  }

  /** Who is signed in has changed by itself: a remembered session that turns out to be over, as a rule. */
  #profileIs(profile: Profile | null): void {
    if (profile?.id === this.profile?.id) return;
    this.over = profile === null;
    this.#forget();
    if (profile) void this.#enter(profile);
  }

  #forget(): void {
    if (!this.profile) return;
    this.profile = null;
    for (const forget of this.#forgetting) forget();
    // What they offer to take back is in a profile that is closed.
    toasts.list = toasts.list.filter(({ action }) => !action);
    this.settings = NO_SETTINGS;
    this.settingsRead = false;
    this.counts = null;
    this.models = null;
    pulls.forget();
    this.embedding = null;
  }

  async refreshCounts(): Promise<void> {
    try {
      this.counts = await backend.studyCounts();
    } catch (error) {
      // The sidebar goes without a number; the study page says what is wrong when it is opened.
      if (asProblem(error).code === 'internal') console.warn(error);
    }
  }

  async loadModels(): Promise<void> {
    if (this.loadingModels) return;
    this.loadingModels = true;
    try {
      this.models = await backend.listModels();
      pulls.known(this.models.ollama.pulls);
      this.modelsProblem = null;
    } catch (error) {
      this.modelsProblem = asProblem(error);
    } finally {
      this.loadingModels = false;
    }
  }

  get modelChoices(): ModelInfo[] {
    return this.models ? [...this.models.ollama.models, ...this.models.claude.models] : [];
  }

  modelLabel(model: ModelRef | null): string {
    if (!model) return '';
    return this.modelChoices.find((info) => sameModel(info.model, model))?.label ?? model.name;
  }

  /** Changes are shown at once and taken back when they could not be kept. */
  async change(change: Partial<Settings>): Promise<void> {
    const before = this.settings;
    this.settings = { ...before, ...change };
    applyTheme(this.settings.theme);
    try {
      await backend.setSettings($state.snapshot(this.settings));
    } catch (error) {
      this.settings = before;
      applyTheme(before.theme);
      toasts.problem(error);
    }
  }
}

export const session = new Session();
