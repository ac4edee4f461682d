// The keys of the tray. As in studying, a key goes by what it writes, or by its place where the layout has no Latin letters.
export type Command = 'next' | 'previous' | 'first' | 'last' | 'edit' | 'tag' | 'keep' | 'drop' | 'repair' | 'compare' | 'source' | 'undo' | 'keepAll' | 'tagAll' | 'dropAll' | 'keys';

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const NAMED: Record<string, Command> = { ArrowDown: 'next', ArrowUp: 'previous', Home: 'first', End: 'last', Enter: 'edit', ' ': 'keep', Delete: 'drop' };
const LETTERS: Record<string, Command> = { j: 'next', k: 'previous', e: 'edit', t: 'tag', d: 'drop', r: 'repair', c: 'compare', s: 'source', u: 'undo' };
const SHIFTED: Record<string, Command> = { a: 'keepAll', t: 'tagAll', d: 'dropAll', k: 'keep' };

export function commandOf(event: Pressed): Command | null {
  const { key, code } = event;
  const letter = key.length === 1 && key > '\u007f' && /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return letter === 'z' && !event.shiftKey && !event.altKey ? 'undo' : null;
  if (event.altKey) return null;
  if (key === '?') return 'keys';
  if (event.shiftKey) return SHIFTED[letter] ?? null;
  return NAMED[key] ?? (key.length === 1 ? (LETTERS[letter] ?? null) : null);
}

export const KEYS: { title: string; keys: { does: string; press: string[] }[] }[] = [
  {
    title: 'This draft',
    keys: [
      { does: 'Keep it', press: ['Space', 'Shift K'] },
      { does: 'Drop it', press: ['D', 'Delete'] },
      { does: 'Edit', press: ['Enter', 'E'] },
      { does: 'Tag it', press: ['T'] },
      { does: 'Done editing', press: ['Esc', 'Ctrl Enter'] },
      { does: 'Let the model repair it', press: ['R'] },
      { does: 'Compare with what it doubles', press: ['C'] },
      { does: 'Where it came from', press: ['S'] },
    ],
  },
  {
    title: 'All of them',
    keys: [
      { does: 'Next, previous', press: ['J', 'K', '↓', '↑'] },
      { does: 'First, last', press: ['Home', 'End'] },
      { does: 'Keep all', press: ['Shift A'] },
      { does: 'Tag all', press: ['Shift T'] },
      { does: 'Drop all', press: ['Shift D'] },
      { does: 'Undo the last', press: ['U', 'Ctrl Z'] },
      { does: 'These keys', press: ['?'] },
    ],
  },
];
