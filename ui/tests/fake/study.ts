// Studying over made-up cards: a session with undo and redo, and what is known of a card.
import { emit } from '@tauri-apps/api/event';
import type {
  Card, CardAction, CardInfo, CardRow, Edited, IpcError, NewCard, PastReview, Rating, Scope, SessionSummary, Source, SourcePlace,
  StudyChoice, StudyCounts, StudyUpdate, TagCount, Undoable,
} from '../../src/lib/bindings';
import { ANSWER } from './texts';

type Args = Record<string, any>;
const MIN = 60_000;
const DAY = 86_400_000;
const now = Date.now();
const fail = (code: IpcError['code'], message: string): never => {
  throw { code, message, retryAfterSeconds: null } satisfies IpcError;
};

/** From passages of the answer in the first conversation; one of the answers has been deleted since. */
const PASSAGES = [
  'Spacing works because **forgetting is part of learning**: each time you recall something just as it begins to fade',
  '$$\nR(t, S) = \\left(1 + F\\,\\frac{t}{S}\\right)^{-w_{20}}, \\qquad F = 0.9^{-1/w_{20}} - 1\n$$',
  'factor = 0.9 ** (-1 / w20) - 1\n    return (1 + factor * t / s) ** -w20',
];
export function sourceOf(index: number): Source | null {
  const passage = PASSAGES[index % 5];
  if (!passage) return index === 4 ? { messageId: 'gone', start: 0, end: 4 } : null;
  const start = Array.from(ANSWER.slice(0, ANSWER.indexOf(passage))).length;
  return { messageId: 'a0', start, end: start + Array.from(passage).length };
}

type Session = { choice: StudyChoice; queue: string[]; position: number; of: number; done: Record<Rating, number>; recalled: number; recalledOf: number; more: number };
type Change = Undoable & { cardId: string; before: Kept; after: Kept };
type Kept = { rows: CardRow[]; session: Session };

export class FakeStudy {
  readonly revisions = new Map<string, number>();
  session: Session | null = null;
  undone: Change[] = [];
  changes: Change[] = [];
  #ids = 1;

  constructor(readonly rows: CardRow[], readonly life: string, readonly fresh: boolean) {}

  find(id: string): CardRow {
    return this.rows.find(({ card }) => card.id === id) ?? fail('not_found', 'This card is not there any more. It may have been deleted.');
  }

  begin(choice: StudyChoice): Session {
    const inScope = (row: CardRow, i: number) => matches(choice.scope, row, i);
    const usable = this.rows.filter((row) => !row.suspended && row.buriedUntil === null).filter(inScope);
    const length = this.life === 'done' || this.fresh ? 0 : this.life === 'short' ? 2 : choice.cram ? usable.length : 15;
    const queue = usable.slice(0, length).map(({ card }) => card.id);
    return { choice, queue, position: 1, of: queue.length, done: { again: 0, hard: 0, good: 0, easy: 0 }, recalled: 0, recalledOf: 0, more: 0 };
  }

  get counts(): StudyCounts {
    const queue = (this.session ?? this.begin({ scope: { type: 'all' }, cram: false })).queue;
    const states = queue.map((id) => this.rows.find(({ card }) => card.id === id)?.state);
    const of = (...wanted: string[]) => states.filter((state) => wanted.includes(state ?? '')).length;
    const [fresh, learning, review] = [of('new'), of('learning', 'relearning'), of('review')];
    return { new: fresh, learning, review, due: fresh + learning + review, total: this.rows.length };
  }

  update(leech: StudyUpdate['leech'] = null): StudyUpdate {
    const session = this.session!;
    void emit('study-counts-changed', this.counts).catch(() => undefined);
    const undoable = (change: Change | undefined): Undoable | null => (change ? { id: change.id, what: change.what } : null);
    return structuredClone({ choice: session.choice, step: this.step(session), counts: this.counts, undo: undoable(this.changes.at(-1)), redo: undoable(this.undone.at(-1)), leech });
  }

  step(session: Session): StudyUpdate['step'] {
    const id = session.queue[0];
    if (id === undefined) return { type: 'finished', summary: this.summary(session) };
    const { card, state } = this.find(id);
    const n = session.position;
    return {
      type: 'card',
      card: {
        card, state, revision: this.revisions.get(id) ?? 3, position: n, of: Math.max(session.of, n), lapses: 7, marked: card.tags.includes('marked'),
        intervals: { again: MIN, hard: 6 * MIN, good: 10 * MIN * (1 + (n - 1) * 400), easy: 3 * DAY * (1 + (n - 1) * 12) },
      },
    };
  }

  summary({ done, recalled, recalledOf, more }: Session): SessionSummary {
    const reviewed = done.again + done.hard + done.good + done.easy;
    return {
      reviewed, ...done, recalled, recalledOf, durationMs: reviewed * 9_400, nextDue: this.fresh ? null : now + 12 * MIN, dueTomorrow: this.fresh ? 0 : 23,
      newHeldBack: this.fresh ? 0 : Math.max(0, 34 - more), reviewsHeldBack: this.fresh ? 0 : 18, buried: this.rows.filter(({ buriedUntil }) => buriedUntil !== null).length,
    };
  }

  kept(): Kept {
    return structuredClone({ rows: this.rows, session: this.session ?? this.begin({ scope: { type: 'all' }, cram: false }) });
  }

  restore(kept: Kept): void {
    const copy = structuredClone(kept);
    this.rows.splice(0, this.rows.length, ...copy.rows);
    this.session = copy.session;
  }

  change(what: string, cardId: string, work: () => void): void {
    this.session ??= this.begin({ scope: { type: 'all' }, cram: false });
    const before = this.kept();
    work();
    this.changes.push({ id: this.#ids++, what, cardId, before, after: this.kept() });
    this.undone = [];
  }

  rate(id: string, revision: number, rating: Rating): StudyUpdate {
    const row = this.find(id);
    if (revision !== (this.revisions.get(id) ?? 3)) fail('stale_card', 'This card was rated elsewhere.');
    const names = { again: 'Again', hard: 'Hard', good: 'Good', easy: 'Easy' };
    this.change(`rating ${names[rating]}`, id, () => {
      const session = this.session!;
      session.queue = session.queue.filter((one) => one !== id);
      session.done[rating] += 1;
      if (row.state === 'review') session.recalledOf += 1;
      if (row.state === 'review' && rating !== 'again') session.recalled += 1;
      session.position += 1;
      if (!session.choice.cram) row.state = rating === 'again' ? 'relearning' : 'review';
    });
    this.revisions.set(id, revision + 1);
    return this.update(rating === 'again' && id === 'k1' ? { cardId: id, lapses: 8 } : null);
  }

  act(id: string, action: CardAction): StudyUpdate {
    const row = this.find(id);
    const words = { suspend: 'suspending', unsuspend: 'unsuspending', bury: 'burying', unbury: 'unburying', mark: 'marking', unmark: 'unmarking', reset: 'resetting', delete: 'deleting' };
    this.change(`${words[action]} the card`, id, () => {
      const tags = row.card.tags.filter((tag) => tag !== 'marked');
      if (action === 'suspend' || action === 'unsuspend') row.suspended = action === 'suspend';
      else if (action === 'bury' || action === 'unbury') row.buriedUntil = action === 'bury' ? now + DAY : null;
      else if (action === 'mark' || action === 'unmark') row.card.tags = action === 'mark' ? [...tags, 'marked'] : tags;
      else if (action === 'reset') row.state = 'new';
      else this.rows.splice(this.rows.indexOf(row), 1);
      if (['suspend', 'bury', 'delete', 'reset'].includes(action)) this.session!.queue = this.session!.queue.filter((one) => one !== id);
    });
    return this.update();
  }

  edit({ id, question, answer, tags }: Args): Edited {
    const { card } = this.find(id);
    this.change('editing the card', id, () => Object.assign(this.find(id).card, { question, answer, tags, updatedAt: Date.now() }));
    const change = this.changes.at(-1)!;
    return structuredClone({ card, undo: { id: change.id, what: change.what } });
  }

  split(id: string, parts: NewCard[]): StudyUpdate {
    this.change('splitting the card', id, () => {
      const at = this.rows.findIndex(({ card }) => card.id === id);
      const made = parts.map((part, i): CardRow => ({ card: { ...part, kind: 'basic', id: `${id}-${i}`, createdAt: now, updatedAt: now }, state: 'new', due: now, suspended: false, buriedUntil: null }));
      this.rows.splice(at, 1, ...made);
      this.session!.queue = this.session!.queue.filter((one) => one !== id);
    });
    return this.update();
  }

  undo(id: number | null): StudyUpdate {
    const at = id === null ? this.changes.length - 1 : this.changes.findIndex((change) => change.id === id);
    const change = this.changes[at] ?? fail('nothing_to_undo', 'There is nothing left to undo.');
    this.changes.splice(at, 1);
    if (at === this.changes.length) this.restore(change.before);
    else {
      const was = change.before.rows.findIndex(({ card }) => card.id === change.cardId);
      const is = this.rows.findIndex(({ card }) => card.id === change.cardId);
      this.rows.splice(is < 0 ? was : is, is < 0 ? 0 : 1, structuredClone(change.before.rows[was]!));
    }
    // The state before belongs to a revision of its own, as in the program.
    this.revisions.set(change.cardId, (this.revisions.get(change.cardId) ?? 3) + (change.what.startsWith('rating') ? 1 : 0));
    this.undone.push(change);
    return this.update();
  }

  redo(): StudyUpdate {
    const change = this.undone.pop() ?? fail('nothing_to_undo', 'There is nothing to redo.');
    this.restore(change.after);
    this.changes.push(change);
    return this.update();
  }

  info(id: string): CardInfo {
    const row = this.find(id);
    const history = row.state === 'new' ? [] : historyOf(id);
    const last = history[0];
    return {
      card: structuredClone(row.card), state: row.state, due: row.state === 'new' ? null : row.due, suspended: row.suspended, buried: row.buriedUntil !== null,
      intervalDays: last ? Math.round(last.intervalMs / DAY) : 0, reps: history.length, lapses: history.filter(({ rating }) => rating === 'again').length,
      stability: last?.stability ?? null, difficulty: last?.difficulty ?? null, retrievability: last ? 0.93 : null,
      firstReview: history.at(-1)?.at ?? null, lastReview: last?.at ?? null, totalMs: history.reduce((sum, { durationMs }) => sum + durationMs, 0), isLeech: id === 'k1', history,
    };
  }

  source(id: string): SourcePlace {
    const { source } = this.find(id).card;
    if (!source || source.messageId === 'gone') return fail('not_found', 'The answer that this card came from was deleted.');
    return { conversationId: 'c0', source, passage: Array.from(ANSWER).slice(source.start, source.end).join(''), changed: id === 'k2' };
  }

  tags(): TagCount[] {
    const counts = new Map<string, number>();
    for (const { card } of this.rows) for (const tag of card.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    return [...counts].map(([tag, cards]) => ({ tag, cards })).sort((a, b) => b.cards - a.cards);
  }
}

function matches(scope: Scope, { card }: CardRow, i: number): boolean {
  switch (scope.type) {
    case 'tag':
      return card.tags.includes(scope.tag);
    case 'conversation':
      return scope.id === 'c0' && card.source !== null;
    case 'added_this_week':
      return card.createdAt > now - 7 * DAY;
    case 'failing':
      return i % 9 === 2;
    default:
      return true;
  }
}

function historyOf(id: string): PastReview[] {
  const gaps = [0, 0.007, 1, 4, 11, 11.01, 13, 24];
  const ratings: (Rating | null)[] = ['good', 'good', 'good', 'hard', 'again', 'good', null, 'good'];
  const stability = [3.1, 3.1, 6.8, 9.4, 2.2, 2.4, 2.4, 11.3];
  const first = now - 30 * DAY - (Number(id.replace(/\D/g, '')) % 20) * DAY;
  return gaps.map((gap, i): PastReview => ({
    at: first + gap * DAY, rating: ratings[i]!, state: i === 0 ? 'new' : i === 1 ? 'learning' : i === 5 ? 'relearning' : 'review',
    intervalMs: i === 0 || i === 4 ? 10 * MIN : Math.round(stability[i]!) * DAY, stability: stability[i]!, difficulty: 5.1 + i * 0.2,
    retrievability: i === 0 ? null : 0.99 - i * 0.03, durationMs: 4_000 + i * 1_700,
  })).reverse();
}

export function studyCommands(rows: CardRow[], life: string, fresh: boolean): Record<string, (args: Args) => unknown> {
  const study = new FakeStudy(rows, life, fresh);
  return {
    study_counts: () => study.counts,
    start_study: ({ choice }) => {
      if (choice || !study.session) study.session = study.begin(choice ?? { scope: { type: 'all' }, cram: false });
      return study.update();
    },
    study_more: ({ newCards, reviews }) => {
      const session = study.session!;
      session.more += newCards;
      session.queue.push(...rows.slice(20, 20 + newCards + reviews).map(({ card }) => card.id));
      session.of += newCards + reviews;
      return study.update();
    },
    rate_card: ({ id, revision, rating }) => study.rate(id, revision, rating),
    change_card: ({ id, action }) => study.act(id, action),
    split_card: ({ id, parts }) => study.split(id, parts),
    update_card: (args) => study.edit(args),
    undo: ({ id }) => study.undo(id),
    redo: () => study.redo(),
    card_info: ({ id }) => study.info(id),
    card_source: ({ id }) => study.source(id),
    list_tags: () => study.tags(),
  };
}
