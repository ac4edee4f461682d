// What a card shows and becomes; the keys that hide words; what changed between two wordings; the keys of the tray.
import { expect, test } from 'vitest';
import type { NewCard } from '$lib/bindings';
import { clozeKey, hide } from '$features/cards/clozekey';
import { asKind, cardsOf, front, frontAnswered, inWords, lacking } from '$features/cards/faces';
import { commandOf, KEYS } from '$features/drafts/keys';
import { missing } from '$features/drafts/sight';
import { changes, rewritten } from '$features/drafts/words';

const note = (kind: NewCard['kind'], question: string, answer = ''): NewCard => ({ kind, question, answer, tags: [], source: null });

test('a reversed note becomes two cards, a cloze one for each number', () => {
  expect(cardsOf(note('reversed', 'a', 'b'))).toEqual([{ question: 'a', answer: 'b' }, { question: 'b', answer: 'a' }]);
  expect(cardsOf(note('cloze', '{{c1::x}} {{c3::y}}', 'more')).map(({ question }) => question)).toEqual(['{{c1::x}} y', 'x {{c3::y}}']);
  expect(cardsOf(note('cloze', 'nothing hidden'))).toEqual([]);
});

test('nothing hidden is in the question, nor in what is said of it', () => {
  const cloze = note('cloze', 'It is {{c1::Ndjamena::city}}.');
  expect(front(cloze)).not.toContain('Ndjamena');
  expect(inWords(cloze)).toBe('It is [city].');
  expect(frontAnswered(cloze)).toContain('Ndjamena');
  // Braces on a card that is no cloze are braces.
  expect(front(note('basic', 'What does {{c1::x}} do?', 'y'))).toBe('What does {{c1::x}} do?');
});

test('what is no card yet says why', () => {
  expect(lacking(note('basic', ' ', 'b'))?.side).toBe('question');
  expect(lacking(note('reversed', 'a', ''))?.side).toBe('answer');
  expect(lacking(note('cloze', 'plain'))?.message).toContain('Nothing is hidden');
  expect(lacking(note('cloze', '{{c1::x}}'))).toBeNull();
});

test('from a cloze to a question: the gap is asked for, what was hidden is the answer', () => {
  expect(asKind(note('cloze', 'It is {{c1::90 %::how much}}.', 'Extra'), 'basic')).toMatchObject({ kind: 'basic', question: 'It is [how much].', answer: '90 %\n\nExtra' });
  expect(asKind(note('cloze', '{{c1::a}} and {{c2::b}}'), 'basic')).toMatchObject({ question: '[…] and […]', answer: 'a and b' });
  expect(asKind(note('basic', 'q', 'a'), 'cloze')).toMatchObject({ kind: 'cloze', question: 'q', answer: 'a' });
});

test('the cloze keys hide what is selected, with the next number or the same', () => {
  const selected = (text: string, words: string) => ({ text, start: text.indexOf(words), end: text.indexOf(words) + words.length });
  expect(hide(selected('one two three', ' two '), 'next')).toEqual({ text: 'one {{c1::two}} three', start: 10, end: 13 });
  expect(hide(selected('{{c1::one}} two', 'two'), 'next').text).toBe('{{c1::one}} {{c2::two}}');
  expect(hide(selected('{{c1::one}} two', 'two'), 'same').text).toBe('{{c1::one}} {{c1::two}}');
  expect(hide({ text: '', start: 0, end: 0 }, 'same')).toEqual({ text: '{{c1::}}', start: 6, end: 6 });
  const key = { key: 'C', code: 'KeyC', ctrlKey: true, metaKey: false, shiftKey: true, altKey: false };
  expect([clozeKey(key), clozeKey({ ...key, altKey: true }), clozeKey({ ...key, shiftKey: false })]).toEqual(['next', 'same', null]);
});

test('changes keep both texts whole, word by word', () => {
  const [before, after] = ['Explain why the sky is blue, please.', 'Why is the sky blue at noon?'];
  const pieces = changes(before, after);
  expect(pieces.filter(({ change }) => change !== 'added').map(({ text }) => text).join('')).toBe(before);
  expect(pieces.filter(({ change }) => change !== 'removed').map(({ text }) => text).join('')).toBe(after);
  expect(pieces.some(({ change, text }) => change === 'same' && text.includes('sky'))).toBe(true);
  expect(changes('x', 'x')).toEqual([{ text: 'x', change: 'same' }]);
  expect(changes('', 'new')).toEqual([{ text: 'new', change: 'added' }]);
  const long = 'word '.repeat(3_000);
  expect(changes(long, `${long}end`).length).toBeGreaterThan(0);
});

test('what shares hardly a word is not read as one text', () => {
  expect(rewritten(changes('Explain spacing and what it does and why it works.', 'Why does spacing make a memory last?'))).toBe(true);
  expect(rewritten(changes('Explain why the sky is blue, please.', 'Explain why the sky is blue at noon.'))).toBe(false);
  expect(rewritten(changes('17 %', '62 %'))).toBe(false);
  expect(rewritten(changes('seventeen', 'sixty'))).toBe(true);
  for (const [before, after] of [['', 'new'], ['old', ''], ['x', 'x'], ['', '']] as const) expect(rewritten(changes(before, after))).toBe(false);
});

test('what comes below the fold is brought up as far as it is enough, and never back', () => {
  const view = { top: 100, bottom: 600 };
  expect(missing({ top: 590, bottom: 630 }, view)).toBe(30);
  expect(missing({ top: 590, bottom: 4_000 }, view)).toBe(290);
  expect(missing({ top: 300, bottom: 4_000 }, view)).toBe(0);
  expect(missing({ top: -900, bottom: 200 }, view)).toBe(0);
});

test('every key that is listed does something, and none is taken from the window', () => {
  const key = (name: string, more: Partial<KeyboardEvent> = {}) => ({ key: name, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  const named: Record<string, string> = { Space: ' ', '↓': 'ArrowDown', '↑': 'ArrowUp' };
  for (const { press } of KEYS.flatMap(({ keys }) => keys)) {
    for (const combination of press) {
      const parts = combination.split(' ');
      const last = parts.at(-1)!;
      // These two are the form's.
      if (last === 'Esc' || combination === 'Ctrl Enter') continue;
      expect(commandOf(key(named[last] ?? last, { ctrlKey: parts.includes('Ctrl'), shiftKey: parts.includes('Shift') })), combination).not.toBeNull();
    }
  }
  expect(commandOf(key('n', { ctrlKey: true }))).toBeNull();
  expect(commandOf(key('a'))).toBeNull();
  expect(commandOf(key('о', { code: 'KeyJ' }))).toBe('next');
});
