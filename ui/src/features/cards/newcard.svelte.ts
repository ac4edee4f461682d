// The dialog for new cards, wherever one is: which of its ways is open, and what is typed in it and not saved.
import type { NoteKind } from '$lib/bindings';
import { session } from '$lib/session.svelte';

export type Way = 'one' | 'many' | 'text';
export type Typed = { kind: NoteKind; question: string; answer: string; tags: string };

const EMPTY: Typed = { kind: 'basic', question: '', answer: '', tags: '' };

class NewCardDialog {
  open = $state(false);
  way = $state<Way>('one');
  /** Outlives the dialog: Escape loses nothing. */
  typed = $state<Typed>({ ...EMPTY });
  many = $state('');
  text = $state('');

  show(way: Way | null = null): void {
    if (way) this.way = way;
    this.open = true;
  }

  close(): void {
    this.open = false;
  }

  /** For the next card: its kind and its tags are often those of the last. */
  next(): void {
    this.typed = { ...this.typed, question: '', answer: '' };
  }

  forget(): void {
    this.open = false;
    this.way = 'one';
    this.typed = { ...EMPTY };
    this.many = '';
    this.text = '';
  }
}

export const newCard = new NewCardDialog();
session.onLeave(() => newCard.forget());
