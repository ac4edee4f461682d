// The keys of studying, as in Anki. What a key means goes by the character it gives, so that they are where a person's
// layout has them; only where a layout has no Latin letters (or no plain digits) does its place on the board count.
import type { CardAction, Rating } from '$lib/bindings';

export type Command =
  | 'forward' | Rating
  | 'undo' | 'redo'
  | 'edit' | 'bury' | 'suspend' | 'mark' | 'delete' | 'reset'
  | 'info' | 'source' | 'menu' | 'keys' | 'choose';

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & {
  getModifierState?: (key: string) => boolean;
};

const SYMBOLS: Record<string, Command> = { '-': 'bury', '@': 'suspend', '*': 'mark', '?': 'keys', '.': 'menu' };
const LETTERS: Record<string, Command> = { u: 'undo', e: 'edit', i: 'info', s: 'source', m: 'menu', d: 'choose' };
const DIGITS: Record<string, Command> = { '1': 'again', '2': 'hard', '3': 'good', '4': 'easy' };

/** The Latin letter of a key: its character, or its place where the layout writes another alphabet. */
function letter({ key, code }: Pressed): string {
  if (key.length === 1 && key > '\u007f' && /^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
  return key.toLowerCase();
}

/** What a key press asks for, or nothing. */
export function commandOf(event: Pressed): Command | null {
  // AltGr arrives as Ctrl+Alt on Windows and writes a character like any other ("@" on a German board).
  const writes = event.getModifierState?.('AltGraph') === true || (event.ctrlKey && event.altKey);
  if ((event.ctrlKey || event.metaKey) && !writes) {
    if (event.altKey) return null;
    const pressed = letter(event);
    if (pressed === 'z') return event.shiftKey ? 'redo' : 'undo';
    if (pressed === 'y' && !event.shiftKey) return 'redo';
    if (event.key === 'Delete' && !event.shiftKey) return 'delete';
    return null;
  }
  const symbol = SYMBOLS[event.key];
  if (symbol) return symbol;
  if (event.altKey || writes) return null;
  if (event.key === ' ' || event.key === 'Enter') return event.shiftKey ? null : 'forward';
  const digit = DIGITS[event.key];
  if (digit) return digit;
  // A French board writes digits with Shift; unshifted, the first four keys of the row mean the same here.
  const place = /^Digit([1-4])$/.exec(event.code);
  if (place && !event.shiftKey) return DIGITS[place[1]!] ?? null;
  return event.key.length === 1 ? (LETTERS[letter(event)] ?? null) : null;
}

/** For the overlay: what each key does, in the order in which one needs them. */
export const KEYS: { title: string; keys: { does: string; press: string[] }[] }[] = [
  {
    title: 'Answering',
    keys: [
      { does: 'Show the answer, then rate it Good', press: ['Space', 'Enter'] },
      { does: 'Again, Hard, Good, Easy', press: ['1', '2', '3', '4'] },
      { does: 'Undo', press: ['U', 'Ctrl Z'] },
      { does: 'Redo', press: ['Ctrl Shift Z', 'Ctrl Y'] },
    ],
  },
  {
    title: 'This card',
    keys: [
      { does: 'Edit', press: ['E'] },
      { does: 'Mark, or take the mark away', press: ['*'] },
      { does: 'Bury until tomorrow', press: ['-'] },
      { does: 'Suspend', press: ['@'] },
      { does: 'Delete', press: ['Ctrl Delete'] },
      { does: 'Card info and history', press: ['I'] },
      { does: 'Where it came from', press: ['S'] },
      { does: 'All that can be done with it', press: ['.', 'M'] },
    ],
  },
  {
    title: 'Session',
    keys: [
      { does: 'Study something else', press: ['D'] },
      { does: 'These keys', press: ['?'] },
    ],
  },
];

/** What to say when a change to a card is done. */
export const DONE: Record<CardAction, string> = {
  suspend: 'Card suspended. It does not come again until you unsuspend it.',
  unsuspend: 'Card no longer suspended.',
  bury: 'Card buried until tomorrow.',
  unbury: 'Card no longer buried.',
  mark: 'Card marked.',
  unmark: 'Mark removed.',
  reset: 'Card reset. It is new again.',
  delete: 'Card deleted.',
};
