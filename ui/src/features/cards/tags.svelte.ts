// The tags in use, for suggesting them where one types.
import { backend } from '$lib/backend';
import type { TagCount } from '$lib/bindings';
import { session } from '$lib/session.svelte';

const STALE_MS = 30_000;

class Tags {
  list = $state.raw<TagCount[]>([]);
  #readAt = -STALE_MS;

  /** Reads them when they were not read lately. Without them one types them in full. */
  async need(): Promise<void> {
    if (performance.now() - this.#readAt < STALE_MS) return;
    this.#readAt = performance.now();
    const who = session.profile?.id;
    try {
      const list = await backend.listTags();
      if (session.profile?.id === who) this.list = list;
    } catch {
      this.#readAt = -STALE_MS;
    }
  }

  /** Those that go on as `begun` does, most used first; with nothing typed the most used. */
  matching(begun: string, taken: string[], most = 6): string[] {
    const wanted = begun.trim().replace(/^#/, '').toLowerCase();
    const free = this.list.map(({ tag }) => tag).filter((tag) => tag !== 'marked' && !taken.includes(tag));
    const begins = free.filter((tag) => tag.toLowerCase().startsWith(wanted));
    const holds = wanted ? free.filter((tag) => !tag.toLowerCase().startsWith(wanted) && tag.toLowerCase().includes(wanted)) : [];
    return [...begins, ...holds].slice(0, most).filter((tag) => tag.toLowerCase() !== wanted);
  }

  forget(): void {
    this.list = [];
    this.#readAt = -STALE_MS;
  }
}

export const tags = new Tags();
session.onLeave(() => tags.forget());
