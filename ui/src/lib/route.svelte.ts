// Where the person is, kept in the address's hash so that links are links and back works.

export const PAGES = ['chat', 'cards', 'study', 'stats', 'settings'] as const;
export type Page = (typeof PAGES)[number];

/** A passage of an answer. The range counts Unicode scalar values of its Markdown, end exclusive. */
export type Place = {
  message: string;
  start: number;
  end: number;
  /** Where one came from, to go back there. */
  from: Page | null;
  /** The answer has other words there than when the card was made. */
  changed?: boolean;
};

type At = { page: Page; id: string | null; place: Place | null };

const pageOf = (name: string | undefined): Page | null => PAGES.find((page) => page === name) ?? null;

function decoded(part: string | undefined): string | null {
  try {
    return part ? decodeURIComponent(part) : null;
  } catch {
    return null;
  }
}

function parse(hash: string): At {
  const [first, id, message, range, from, changed] = hash.replace(/^#\/?/, '').split('/');
  const page = pageOf(first);
  const [, start, end] = /^(\d{1,9})-(\d{1,9})$/.exec(range ?? '') ?? [];
  const passage = decoded(message);
  return {
    page: page ?? 'chat',
    id: page ? decoded(id) : null,
    place: page === 'chat' && passage ? { message: passage, start: Number(start ?? 0), end: Number(end ?? 0), from: pageOf(from), ...(changed === 'changed' ? { changed: true } : {}) } : null,
  };
}

class Route {
  #at = $state.raw(parse(typeof location === 'undefined' ? '' : location.hash));

  get page(): Page {
    return this.#at.page;
  }

  /** What is open on the page: a conversation's id on Chat; "drafts", "new" or a card's id on Cards. */
  get id(): string | null {
    return this.#at.id;
  }

  /** The passage to be shown in the conversation that is open. */
  get place(): Place | null {
    return this.#at.place;
  }

  constructor() {
    globalThis.addEventListener?.('hashchange', () => this.#read());
  }

  #read(): void {
    this.#at = parse(location.hash);
  }

  #move(hash: string, replace: boolean): void {
    if (location.hash === hash) return;
    if (replace) history.replaceState(null, '', hash);
    else location.hash = hash;
    this.#read();
  }

  /** `replace` leaves no step behind for "back", for moves that the person did not make. */
  go(page: Page, id: string | null = null, replace = false): void {
    this.#move(href(page, id), replace);
  }

  goToPlace(conversation: string, { message, start, end, from, changed }: Place): void {
    const tail = changed ? `/${from ?? '-'}/changed` : from ? `/${from}` : '';
    this.#move(`${href('chat', conversation)}/${encodeURIComponent(message)}/${start}-${end}${tail}`, false);
  }
}

export const href = (page: Page, id: string | null = null): string =>
  `#/${page}${id ? `/${encodeURIComponent(id)}` : ''}`;

export const route = new Route();
