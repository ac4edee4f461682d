// What the statistics page looks at and how, kept while the program runs: coming back finds it as it was left.
import { asProblem, backend, type Problem } from '$lib/backend';
import type { ConversationSummary, Scope, Statistics, StatsRange, TagCount } from '$lib/bindings';
import { session } from '$lib/session.svelte';

/** Which graphs are shown as tables, by title. */
export const asTable = $state<Record<string, boolean>>({});

const ALL: Scope = { type: 'all' };
/** As many conversations as one looks through in a list. */
const CONVERSATIONS = 200;

export const scopeKey = (scope: Scope): string =>
  scope.type === 'tag' ? `tag:${scope.tag}` : scope.type === 'conversation' ? `conversation:${scope.id}` : scope.type;

export function scopeOf(key: string): Scope {
  if (key.startsWith('tag:')) return { type: 'tag', tag: key.slice(4) };
  if (key.startsWith('conversation:')) return { type: 'conversation', id: key.slice(13) };
  return key === 'failing' || key === 'added_this_week' ? { type: key } : ALL;
}

class View {
  range = $state<StatsRange>('month');
  scope = $state<Scope>(ALL);
  /** The figures shown; while new ones are fetched, the old ones. */
  stats = $state.raw<Statistics | null>(null);
  problem = $state<Problem | null>(null);
  loading = $state(false);
  withBacklog = $state(true);
  /** The year that the calendar is turned to; null for this one. */
  year = $state<number | null>(null);
  tags = $state.raw<TagCount[]>([]);
  conversations = $state.raw<ConversationSummary[]>([]);
  /** Where the page was scrolled to. */
  scrolled = 0;
  #newest = 0;

  constructor() {
    session.onLeave(() => this.#forget());
  }

  #forget(): void {
    this.#newest += 1;
    this.range = 'month';
    this.scope = ALL;
    this.stats = null;
    this.problem = null;
    this.loading = false;
    this.withBacklog = true;
    this.year = null;
    this.tags = [];
    this.conversations = [];
    this.scrolled = 0;
    for (const title of Object.keys(asTable)) delete asTable[title];
  }

  /** What was asked for last is what is shown, whatever order the answers come in. */
  async load(): Promise<void> {
    const mine = ++this.#newest;
    this.loading = true;
    try {
      const stats = await backend.statistics(this.range, $state.snapshot(this.scope) as Scope);
      if (mine !== this.#newest) return;
      this.stats = stats;
      this.problem = null;
    } catch (error) {
      if (mine === this.#newest) this.problem = asProblem(error);
    } finally {
      if (mine === this.#newest) this.loading = false;
    }
  }

  /** The choices of the filter. Without them there is still "All cards". */
  async loadChoices(): Promise<void> {
    const mine = session.profile?.id;
    const [tags, conversations] = await Promise.allSettled([backend.listTags(), backend.listConversations(CONVERSATIONS, null)]);
    if (session.profile?.id !== mine) return;
    if (tags.status === 'fulfilled') this.tags = tags.value;
    if (conversations.status === 'fulfilled') this.conversations = conversations.value;
  }

  choose(change: { range?: StatsRange; scope?: Scope }): Promise<void> {
    if (change.range) this.range = change.range;
    if (change.scope) this.scope = change.scope;
    return this.load();
  }
}

export const view = new View();
