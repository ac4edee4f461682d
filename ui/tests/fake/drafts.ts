// A made-up tray: drafts of all kinds with what is found in them, makings that wait, fail in part or are cancelled, and
// duplicates of cards that are there. `?state=tray` begins with 200 drafts, `?state=bad-parts` makes parts fail, with
// `?state=no-model` the model is missing until another one is named.
import { emit } from '@tauri-apps/api/event';
import type {
  Card, CardRow, Conversation, Draft, DraftEvent, DraftOutcome, DraftRequest, Duplicate, Finding, IpcError, Kept, ModelRef, NewCard, PassageMark, Pasted,
} from '../../src/lib/bindings';
import { cardsOf } from '../../src/features/cards/faces';
import { deletions, told } from '../../src/lib/markdown/cloze';

type Args = Record<string, any>;
type Channel<T> = { onmessage: (message: T) => void };
const now = Date.now();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const fail = (code: IpcError['code'], message: string): never => {
  throw { code, message, retryAfterSeconds: null } satisfies IpcError;
};

const basic = (question: string, answer: string, tags: string[] = []): NewCard => ({ kind: 'basic', question, answer, tags, source: null });

/** What a model would make of the answer about spacing, with a passage for each. */
const MADE: [NewCard, string | null][] = [
  [basic('Why does a memory come back stronger when you recall it just as it begins to fade?', 'Because **forgetting is part of learning**: recall at that moment strengthens it most.', ['spacing']), 'each time you recall something just as it begins to fade, the memory comes back stronger'],
  [{ kind: 'cloze', question: 'Right after a review the chance of recall is {{c1::$R = 1$}}; when $t = S$ it is {{c2::90 %::per cent}}.', answer: '', tags: ['fsrs'], source: null }, 'When $t = S$, you remember it with a chance of 90 %.'],
  [basic('Explain spacing and what it does and why it works.', 'It works because each time you recall something just as it begins to fade, the memory comes back stronger and fades more slowly, and this is so for nearly everything that people have tried it with.', ['spacing']), 'each time you recall something just as it begins to fade'],
  [{ kind: 'reversed', question: 'retrievability', answer: 'the chance of recalling a fact now', tags: [], source: null }, 'The chance $R$ that you can recall a fact'],
  [basic('Which formula gives the chance of recall in FSRS?', '$$R(t, S) = \\left(1 + F\\,\\frac{t}{S}\\right)^{-w_{20}}$$', ['fsrs']), 'R(t, S)'],
  [basic('How much is recalled after a month, after one long session and after four spaced ones?', '17 % and 62 %', ['spacing']), 'Four spaced sessions'],
];

function lint(card: NewCard): Finding[] {
  const found: Finding[] = [];
  const words = card.answer.trim().split(/\s+/).length;
  if (card.kind === 'cloze' && deletions(card.question).length === 0) found.push({ rule: 'broken_cloze', message: 'Nothing is hidden in this cloze, so there is nothing to recall.' });
  if (/\band\b.*\band\b|, after .* and after/.test(card.question)) found.push({ rule: 'two_questions', message: 'This asks two things at once. When you know one and not the other, no rating is right.' });
  if (/^(explain|describe)\b/i.test(card.question)) found.push({ rule: 'open_prompt', message: '“Explain” has no end: you cannot tell whether your answer was complete.' });
  if (words > 25) found.push({ rule: 'long_answer', message: `The answer has ${words} words. What is longer than 25 is seldom recalled whole.` });
  return found;
}

const plain = (card: Pick<NewCard, 'question' | 'answer'>) => told(`${card.question} ${card.answer}`).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
function likeness(a: string, b: string): number {
  const [x, y] = [new Set(a.split(' ')), new Set(b.split(' '))];
  const common = [...x].filter((word) => y.has(word)).length;
  return common / (x.size + y.size - common || 1);
}

export class FakeTray {
  drafts: Draft[] = [];
  readonly dropped = new Map<string, { draft: Draft; at: number; cards: string[] }>();
  readonly cancelled = new Set<string>();
  #ids = 1;

  constructor(readonly rows: CardRow[], readonly life: string, readonly conversations: () => Conversation[]) {}

  start(fresh: boolean): void {
    if (fresh) return;
    const count = this.life === 'tray' ? 200 : this.life === 'full' || this.life === 'no-model' || this.life === 'slow' ? 4 : 0;
    for (let i = 0; i < count; i += 1) {
      const [card, passage] = MADE[(i + 1) % MADE.length]!;
      const numbered = i < MADE.length ? card : { ...card, question: `${card.question} (${i})` };
      this.drafts.push(this.draft({ ...numbered, source: i % 3 === 2 ? null : this.sourceOf('a5', passage) }, passage));
    }
  }

  draft(card: NewCard, passage: string | null): Draft {
    return { id: `d${this.#ids++}`, card: structuredClone(card), passage, findings: lint(card), createdAt: now };
  }

  sourceOf(messageId: string, passage: string | null): NewCard['source'] {
    const content = this.conversations().flatMap(({ messages }) => messages).find(({ id }) => id === messageId)?.content ?? '';
    const at = passage ? content.indexOf(passage) : -1;
    const start = Array.from(content.slice(0, Math.max(0, at))).length;
    return { messageId, start, end: start + (at < 0 ? Array.from(content).length : Array.from(passage!).length), hash: 'h' };
  }

  tell(): void {
    void emit('drafts-changed', { waiting: this.drafts.length }).catch(() => undefined);
  }

  find(id: string): Draft {
    return this.drafts.find((draft) => draft.id === id) ?? fail('not_found', 'This draft is not in the tray any more.');
  }

  check({ kind, question, answer }: NewCard): void {
    if (!question.trim()) fail('invalid_input', 'A card needs a question. Write one, or drop the card.');
    if (kind !== 'cloze' && !answer.trim()) fail('invalid_input', 'A card needs an answer. Write one, or drop the card.');
  }

  async generate(job: string, request: DraftRequest, channel: Channel<DraftEvent>, model: ModelRef | null): Promise<DraftOutcome> {
    if (this.life === 'no-model' && !model) fail('model_not_found', 'Ollama does not have the model llama3.2. Pull it, or choose another.');
    const parts = request.type === 'passage' ? 1 : request.type === 'answers' ? request.messageIds.length * 3 : 2;
    const outcome: DraftOutcome = { drafts: 0, repeated: 0, parts, failed: [], cancelled: false };
    for (let part = 0; part < parts; part += 1) {
      channel.onmessage({ type: 'progress', partsDone: part, parts });
      if (this.life === 'bad-parts' && part === 0) {
        channel.onmessage({ type: 'waiting', message: 'Claude is overloaded and asked to wait.', until: Date.now() + 3_000 });
        await wait(3_000);
      }
      await wait(this.life === 'slow' ? 1_500 : 250);
      if (this.cancelled.has(job)) return { ...outcome, cancelled: true };
      if (this.life === 'bad-parts' && part === 1) {
        outcome.failed.push({ request: { type: 'passage', messageId: 'a0', start: 0, end: 120 }, begins: 'The chance R that you can recall a fact after', message: 'The model broke off after half of it.' });
        continue;
      }
      const messageId = request.type === 'answers' ? request.messageIds[Math.floor(part / 3)]! : request.type === 'passage' ? request.messageId : null;
      const drafts = MADE.slice((part % 3) * 2, (part % 3) * 2 + 2).map(([card, passage]) => this.draft({ ...card, source: messageId ? this.sourceOf(messageId, passage) : null }, passage));
      this.drafts.push(...drafts);
      outcome.drafts += drafts.length;
      channel.onmessage({ type: 'drafts', drafts: structuredClone(drafts) });
      this.tell();
    }
    return outcome;
  }

  duplicates(ids: string[]): Duplicate[] {
    const found: Duplicate[] = [];
    for (const id of ids) {
      const draft = this.drafts.find((one) => one.id === id);
      if (!draft) continue;
      const mine = plain(draft.card);
      for (const { card } of this.rows) {
        const similarity = likeness(mine, plain(card));
        if (similarity > 0.6) found.push({ draftId: id, of: { type: 'card', card: structuredClone(card) }, by: similarity === 1 ? 'same_text' : 'similar_text', similarity });
      }
    }
    const best = new Map(found.sort((a, b) => a.similarity - b.similarity).map((one) => [one.draftId, one]));
    return [...best.values()];
  }

  keep(ids: string[], duplicatesToo: boolean): Kept {
    const drafts = ids.map((id) => this.find(id));
    for (const { card } of drafts) this.check(card);
    const duplicates = duplicatesToo ? [] : this.duplicates(ids);
    const stay = new Set(duplicates.map(({ draftId }) => draftId));
    const cards: Card[] = [];
    for (const draft of drafts.filter(({ id }) => !stay.has(id))) {
      const made = cardsOf(draft.card).map((face, i): Card => ({
        id: `kept-${draft.id}-${i}`, kind: face.kind === 'cloze' ? 'cloze' : 'basic', noteId: null, question: face.question, answer: face.answer,
        tags: draft.card.tags, source: draft.card.source, createdAt: Date.now(), updatedAt: Date.now(),
      }));
      cards.push(...made);
      this.rows.unshift(...made.map((card): CardRow => ({ card, state: 'new', due: now, suspended: false, buriedUntil: null })));
      this.take(draft, made.map(({ id }) => id));
    }
    this.tell();
    return structuredClone({ cards, duplicates, unfit: [] });
  }

  take(draft: Draft, cards: string[]): void {
    const at = this.drafts.indexOf(draft);
    this.dropped.set(draft.id, { draft, at, cards });
    this.drafts.splice(at, 1);
  }

  drop(ids: string[]): null {
    for (const id of ids) {
      const draft = this.drafts.find((one) => one.id === id);
      if (draft) this.take(draft, []);
    }
    this.tell();
    return null;
  }

  restore(ids: string[]): Draft[] {
    const back = ids.map((id) => this.dropped.get(id) ?? fail('not_found', 'It is too late to take this back.')).reverse();
    for (const { draft, at, cards } of back) {
      this.drafts.splice(at, 0, draft);
      for (const id of cards) this.rows.splice(this.rows.findIndex(({ card }) => card.id === id), 1);
    }
    for (const id of ids) this.dropped.delete(id);
    this.tell();
    return structuredClone(back.map(({ draft }) => draft));
  }

  replace(id: string, cards: NewCard[]): Draft[] {
    const draft = this.find(id);
    const made = cards.map((card) => this.draft(card, draft.passage));
    this.drafts.splice(this.drafts.indexOf(draft), 1, ...made);
    this.tell();
    return structuredClone(made);
  }

  async repair(job: string, id: string, model: ModelRef | null): Promise<NewCard[]> {
    for (let i = 0; i < (this.life === 'slow' ? 40 : 2); i += 1) {
      await wait(200);
      if (this.cancelled.has(job)) fail('cancelled', 'Cancelled. Nothing was changed.');
    }
    if (this.life === 'no-model' && !model) fail('model_not_found', 'Ollama does not have the model llama3.2. Pull it, or choose another.');
    const { card, findings } = this.find(id);
    if (findings.some(({ rule }) => rule === 'two_questions') && !findings.some(({ rule }) => rule === 'open_prompt')) {
      return [
        { ...card, question: 'How much is recalled a month after one long session?', answer: '17 %' },
        { ...card, question: 'How much is recalled a month after four spaced sessions?', answer: '62 %' },
      ];
    }
    return [{ ...card, question: 'Why does spacing make a memory last?', answer: 'Each recall just as it begins to fade makes it come back stronger and fade more slowly.' }];
  }
}

/** Enough of the program's reading to look at the dialog. */
function read(text: string): Pasted {
  const pasted: Pasted = { cards: [], problems: [] };
  let question: string | null = null;
  text.split(/\r\n|\r|\n/).forEach((line, i) => {
    const [left, right] = line.split('\t');
    if (/^Q:/i.test(line)) question = line.slice(2).trim();
    else if (/^A:/i.test(line) && question) {
      pasted.cards.push(basic(question, line.slice(2).trim()));
      question = null;
    } else if (right !== undefined && left?.trim() && right.trim()) pasted.cards.push(basic(left.trim(), right.trim()));
    else if (line.trim()) pasted.problems.push({ line: i + 1, message: 'There is neither a tab nor “Q:” in this line.' });
  });
  return pasted;
}

export function draftCommands(rows: CardRow[], life: string, fresh: boolean, conversations: () => Conversation[]): Record<string, (args: Args) => unknown> {
  const tray = new FakeTray(rows, life, conversations);
  tray.start(fresh);
  const marks = (): PassageMark[] => rows.flatMap(({ card, state }, i) => (card.source && card.source.messageId !== 'gone'
    ? [{ source: card.source, cardId: card.id, question: card.question, state, retrievability: state === 'new' ? null : 0.99 - (i % 13) * 0.04 }] : []));
  return {
    list_drafts: () => structuredClone(tray.drafts),
    add_drafts: ({ cards }) => {
      const made = cards.map((card: NewCard) => (tray.check(card), tray.draft(card, null)));
      tray.drafts.push(...made);
      tray.tell();
      return structuredClone(made);
    },
    update_draft: ({ id, card }) => (tray.check(card), structuredClone(Object.assign(tray.find(id), { card: structuredClone(card), findings: lint(card) }))),
    repair_draft: ({ job, id, model }) => tray.repair(job, id, model),
    replace_draft: ({ id, cards }) => tray.replace(id, cards),
    find_duplicates: async ({ ids }) => (await wait(50), tray.duplicates(ids)),
    keep_drafts: ({ ids, duplicatesToo }) => tray.keep(ids, duplicatesToo),
    drop_drafts: ({ ids }) => tray.drop(ids),
    restore_drafts: ({ ids }) => tray.restore(ids),
    generate_drafts: ({ job, request, model, onEvent }) => tray.generate(job, request, onEvent, model),
    cancel_drafts: ({ job }) => (tray.cancelled.add(job), null),
    check_card: ({ card }) => lint(card),
    read_pasted: ({ text }) => read(text),
    passage_marks: ({ conversationId }) => {
      const messages = new Set(conversations().find(({ summary }) => summary.id === conversationId)?.messages.map(({ id }) => id));
      return marks().filter(({ source }) => messages.has(source.messageId));
    },
    save_cards: ({ cards }) => {
      const made = cards.flatMap((one: NewCard, n: number) => cardsOf(one).map((face, i) => ({ ...one, ...face, kind: face.kind ?? 'basic', noteId: null, id: `s${Date.now()}${n}-${i}`, createdAt: Date.now(), updatedAt: Date.now() })));
      rows.unshift(...made.map((card: Card) => ({ card, state: 'new', due: now, suspended: false, buriedUntil: null }) as CardRow));
      return structuredClone(made);
    },
  };
}
