// What a person types of a card, and what was typed and neither saved nor thrown away.
import type { Card, CardId } from '$lib/bindings';
import { asKind } from './faces';
import { session } from '$lib/session.svelte';

export type CardContent = { question: string; answer: string; tags: string[] };

/** Tags as one writes them: separated by commas. */
export function parseTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim().replace(/^#/, ''));
  return [...new Set(tags.filter((tag) => tag !== ''))];
}

/** A form that was left by Escape, or with its page, goes on with these when it is opened again. */
export const unsavedEdits = new Map<CardId, CardContent>();
export const unsavedSplits = new Map<CardId, CardContent[]>();
session.onLeave(() => {
  unsavedEdits.clear();
  unsavedSplits.clear();
});

const MOST_PARTS = 8;
/** "- a", "* a", "1. a" at the beginning of a line. */
const ITEM = /^ {0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+/;

/** The pieces that an answer falls into by itself: the items of its list, or else its paragraphs. */
function pieces(answer: string): string[] {
  const items: string[] = [];
  for (const line of answer.split('\n')) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ''));
    else if (items.length > 0) items.push(`${items.pop()}\n${line.trim()}`);
  }
  const found = items.length > 1 ? items : answer.split(/\n\s*\n/);
  return found.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

/** Two or more cards to begin from: the question with each piece of the answer, or twice the whole. */
export function splitStart(card: Card): CardContent[] {
  const { question, answer, tags } = asKind(card, 'basic');
  const apart = answer.includes('```') ? [] : pieces(answer);
  const answers = apart.length > 1 && apart.length <= MOST_PARTS ? apart : [answer, answer];
  return answers.map((piece) => ({ question, answer: piece, tags: [...tags] }));
}
