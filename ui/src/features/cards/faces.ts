// What a card shows on each of its sides, and which cards a note becomes.
import type { CardKind, NewCard, NoteKind } from '$lib/bindings';
import { answerSide, asked, numbers, only, questionSide, told } from '$lib/markdown/cloze';

/** A card as far as drawing it goes. */
export type Asking = { kind?: CardKind | NoteKind; question: string; answer: string };
/** Markdown of both sides. `back` is what is new on the second; the text of a cloze is shown anew with it. */
export type Face = { question: string; answer: string; cloze: boolean };

export const isCloze = (card: Asking): boolean => card.kind === 'cloze';

/** What asks, as Markdown: nothing that is to be remembered is in it. */
export const front = (card: Asking): string => (isCloze(card) ? questionSide(card.question) : card.question);

/** What the front becomes once it is answered. */
export const frontAnswered = (card: Asking): string => (isCloze(card) ? answerSide(card.question) : card.question);

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The question in a line, for names and for who listens; what a cloze hides is left out. */
export const inWords = (card: Asking): string => oneLine(isCloze(card) ? asked(card.question) : card.question);

/** The cards that it becomes when it is kept. */
export function cardsOf({ kind = 'basic', question, answer }: Pick<NewCard, 'kind' | 'question' | 'answer'>): Asking[] {
  if (kind === 'reversed') return [{ question, answer }, { question: answer, answer: question }];
  if (kind !== 'cloze') return [{ question, answer }];
  return numbers(question).map((number) => ({ kind: 'cloze', question: only(question, number), answer }));
}

export const KINDS: { kind: NoteKind; label: string; about: string }[] = [
  { kind: 'basic', label: 'Basic', about: 'Asks the question for the answer.' },
  { kind: 'reversed', label: 'Both ways', about: 'Two cards: the second asks the answer for the question.' },
  { kind: 'cloze', label: 'Cloze', about: 'A text with gaps to be filled, one card for each number.' },
];

/** The question and answer in another kind, with what is written kept as far as it says the same. */
export function asKind(card: NewCard, kind: NoteKind): NewCard {
  const from = card.kind ?? 'basic';
  if (from === kind) return card;
  if (from !== 'cloze') return { ...card, kind };
  // A text with gaps becomes a question by leaving them open, with what was hidden as the answer.
  const hidden = [...card.question.matchAll(/\{\{c\d+::/g)].length === 0 ? '' : hiddenOf(card.question);
  return { ...card, kind, question: asked(card.question), answer: [hidden, card.answer].filter((text) => text.trim()).join('\n\n') };
}

function hiddenOf(text: string): string {
  const whole = told(text);
  const gaps = asked(text).split(/\[[^\]]*\]/);
  // One gap: what stands between its two ends is what was hidden.
  if (gaps.length !== 2) return whole;
  return whole.slice(gaps[0]!.length, whole.length - gaps[1]!.length) || whole;
}

/** What keeps it from being a card, in a sentence; null when nothing does. */
export function lacking(card: Pick<NewCard, 'kind' | 'question' | 'answer'>): { side: 'question' | 'answer'; message: string } | null {
  if (card.kind === 'cloze') {
    if (!card.question.trim()) return { side: 'question', message: 'A cloze needs a text.' };
    if (numbers(card.question).length === 0) return { side: 'question', message: 'Nothing is hidden yet. Select what is to be asked for and press Ctrl+Shift+C.' };
    return null;
  }
  if (!card.question.trim()) return { side: 'question', message: 'A card needs a question.' };
  if (!card.answer.trim()) return { side: 'answer', message: 'A card needs an answer.' };
  return null;
}
