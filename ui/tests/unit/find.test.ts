// Searching: in texts that are not drawn and in drawn ones the same places are found.
import { expect, test } from 'vitest';
import { find } from '$features/chat/search.svelte';
import { folded, places, plain, ranges } from '$lib/find';
import { render } from '$lib/markdown/render';
import { message } from '../fake/chat';

test('lower case keeps lengths', () => {
  expect(folded('İstanbul ÄÖ')).toHaveLength('İstanbul ÄÖ'.length);
  expect(places(folded('Aa aA'), 'aa')).toEqual([0, 3]);
});

test.each([
  ['forgetting is part', 'It works: **forgetting is part** of it.'],
  ['one two three', 'one *two* `three`'],
  ['the book', 'see [the book](https://example.org/other)'],
  ['first item', '1. first item\n2. second'],
])('%s is found in %s, drawn or not', (words, markdown) => {
  expect(places(folded(plain(markdown)), words)).toHaveLength(1);
  const root = document.createElement('div');
  root.innerHTML = render(markdown);
  expect(ranges(root, words).map(String)).toEqual([words]);
});

test('words do not run over from one paragraph into the next, and addresses are not searched', () => {
  const root = document.createElement('div');
  root.innerHTML = render('end\n\nbegin [x](https://example.org)');
  expect(ranges(root, 'endbegin')).toEqual([]);
  expect(places(plain('end\n\nbegin [x](https://example.org)'), 'example')).toEqual([]);
});

test('every place in a conversation has its message and its number in it', () => {
  const messages = [message('q', 'user', 'Cells? cells!'), message('a', 'assistant', 'No **Cells** here')];
  expect(find(messages, ' cells ')).toEqual([{ id: 'q', nth: 0 }, { id: 'q', nth: 1 }, { id: 'a', nth: 0 }]);
  expect(find(messages, '')).toEqual([]);
});
