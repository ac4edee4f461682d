// Keys go by what they write, on every layout, and never take a key that belongs to the window.
import { expect, test } from 'vitest';
import { commandOf, KEYS } from '$features/study/keys';

const key = (name: string, more: Partial<KeyboardEvent> = {}) => ({ key: name, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
const altGraph = { ctrlKey: true, altKey: true, getModifierState: (name: string) => name === 'AltGraph' };

test.each([
  [' ', 'forward'], ['Enter', 'forward'], ['1', 'again'], ['2', 'hard'], ['3', 'good'], ['4', 'easy'], ['5', null], ['0', null],
  ['u', 'undo'], ['U', 'undo'], ['e', 'edit'], ['i', 'info'], ['s', 'source'], ['m', 'menu'], ['.', 'menu'], ['d', 'choose'], ['?', 'keys'],
  ['-', 'bury'], ['@', 'suspend'], ['*', 'mark'], ['a', null], ['Delete', null], ['Escape', null], ['F2', null], ['Tab', null],
])('%s means %s', (name, command) => expect(commandOf(key(name))).toBe(command));

test.each([
  ['z', { ctrlKey: true }, 'undo'], ['Z', { ctrlKey: true, shiftKey: true }, 'redo'], ['y', { ctrlKey: true }, 'redo'], ['z', { metaKey: true }, 'undo'],
  ['Delete', { ctrlKey: true }, 'delete'], ['-', { ctrlKey: true }, null], ['e', { ctrlKey: true }, null], ['1', { ctrlKey: true }, null], ['s', { ctrlKey: true }, null],
  ['u', { altKey: true }, null], ['Enter', { ctrlKey: true }, null], [' ', { shiftKey: true }, null],
] as const)('%s with %o means %s', (name, more, command) => expect(commandOf(key(name, more))).toBe(command));

test('"@" is where the layout has it: AltGr+Q on a German board, Option+L on a Mac', () => {
  expect(commandOf(key('@', { code: 'KeyQ', ...altGraph }))).toBe('suspend');
  expect(commandOf(key('@', { code: 'KeyL', altKey: true }))).toBe('suspend');
  expect(commandOf(key('@', { code: 'Digit2', shiftKey: true }))).toBe('suspend');
  expect(commandOf(key('"', { code: 'Digit2', shiftKey: true }))).toBeNull();
});

test('letters of another alphabet count by their place', () => {
  expect(commandOf(key('г', { code: 'KeyU' }))).toBe('undo');
  expect(commandOf(key('я', { code: 'KeyZ', ctrlKey: true }))).toBe('undo');
  // Dvorak: what is written counts, not where the key lies.
  expect(commandOf(key('.', { code: 'KeyE' }))).toBe('menu');
  expect(commandOf(key('e', { code: 'KeyD' }))).toBe('edit');
});

test('the digit row of a French board rates without Shift', () => {
  expect(commandOf(key('&', { code: 'Digit1' }))).toBe('again');
  expect(commandOf(key("'", { code: 'Digit4' }))).toBe('easy');
  expect(commandOf(key('-', { code: 'Digit6' }))).toBe('bury');
});

test('every key that is listed does something', () => {
  const names: Record<string, string> = { Space: ' ' };
  for (const { keys } of KEYS) {
    for (const { press } of keys) {
      for (const combination of press) {
        const parts = combination.split(' ');
        const last = parts.at(-1)!;
        expect(commandOf(key(names[last] ?? last, { ctrlKey: parts.includes('Ctrl'), shiftKey: parts.includes('Shift') })), combination).not.toBeNull();
      }
    }
  }
});
