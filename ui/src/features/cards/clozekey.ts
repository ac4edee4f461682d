// The keys that hide what is selected, as in Anki: Ctrl+Shift+C with the next number, with Alt the number used last.
import { numbers } from '$lib/markdown/cloze';

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;
export type Selected = { text: string; start: number; end: number };

/** Which of the two was pressed, if one was. */
export function clozeKey(event: Pressed): 'next' | 'same' | null {
  const c = event.key.toLowerCase() === 'c' || event.code === 'KeyC';
  if (!c || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return null;
  return event.altKey ? 'same' : 'next';
}

/** The text with the selection hidden, and what is selected then: what was hidden, or the place to write it. */
export function hide({ text, start, end }: Selected, which: 'next' | 'same'): Selected {
  const used = numbers(text).at(-1) ?? 0;
  const number = which === 'same' ? Math.max(1, used) : used + 1;
  // Spaces at the edges of a selection made with the mouse are not what is to be remembered.
  const picked = text.slice(start, end);
  const inner = picked.trim() ? picked.trim() : '';
  const lead = inner ? picked.length - picked.trimStart().length : 0;
  const from = start + lead;
  const to = inner ? from + inner.length : end;
  const opening = `{{c${number}::`;
  return { text: `${text.slice(0, from)}${opening}${inner}}}${text.slice(to)}`, start: from + opening.length, end: from + opening.length + inner.length };
}

/** Does it in a field, as typing would, so that the field's own undo takes it back where the engine allows. */
export function hideIn(field: HTMLTextAreaElement, which: 'next' | 'same'): void {
  const { value: text, selectionStart: start, selectionEnd: end } = field;
  const result = hide({ text, start, end }, which);
  field.focus();
  field.setSelectionRange(0, text.length);
  // The only way that keeps the field's undo.
  const typed = document.execCommand?.('insertText', false, result.text) ?? false;
  if (!typed || field.value !== result.text) {
    field.value = result.text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  field.setSelectionRange(result.start, result.end);
}
