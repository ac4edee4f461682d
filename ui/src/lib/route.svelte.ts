// Where the person is, kept in the address's hash so that links are links and back works.

export const PAGES = ['chat', 'cards', 'study', 'stats', 'settings'] as const;
export type Page = (typeof PAGES)[number];

function parse(hash: string): { page: Page; id: string | null } {
  const [page = '', id = ''] = hash.replace(/^#\/?/, '').split('/');
  const known = PAGES.find((name) => name === page);
  return { page: known ?? 'chat', id: known && id ? decodeURIComponent(id) : null };
}

class Route {
  #at = $state(parse(typeof location === 'undefined' ? '' : location.hash));

  get page(): Page {
    return this.#at.page;
  }

  /** What is open on the page: a conversation's id on Chat, "new" on Cards for the form of a new card. */
  get id(): string | null {
    return this.#at.id;
  }

  constructor() {
    globalThis.addEventListener?.('hashchange', () => this.#read());
  }

  #read(): void {
    this.#at = parse(location.hash);
  }

  /** `replace` leaves no step behind for "back", for moves that the person did not make. */
  go(page: Page, id: string | null = null, replace = false): void {
    const hash = href(page, id);
    if (location.hash === hash) return;
    if (replace) history.replaceState(null, '', hash);
    else location.hash = hash;
    this.#read();
  }
}

export const href = (page: Page, id: string | null = null): string =>
  `#/${page}${id ? `/${encodeURIComponent(id)}` : ''}`;

export const route = new Route();
