// What is half written is shown as it will be, or not yet: no marks flash by, nothing becomes another thing.
import { expect, test } from 'vitest';
import { parts } from '$lib/markdown/code';
import { settled } from '$lib/markdown/tail';
import { patch } from '$lib/markdown/patch';

test.each([
  ['a **bol', 'a **bol**'],
  ['a **', 'a '],
  ['a *x', 'a *x*'],
  ['an `unfin', 'an `unfin`'],
  ['see [the bo', 'see the bo'],
  ['see [the book](https://exa', 'see the book'],
  ['see [the book](https://example.org)', 'see [the book](https://example.org)'],
  ['a ![pict', 'a '],
  ['so \\(x^', 'so '],
  ['so $x^2', 'so '],
  ['so $x^2$ is', 'so $x^2$ is'],
  ['costs $5 and', 'costs $5 and'],
  ['| a | b |', ''],
  ['| a | b |\n|--', ''],
  ['| a | b |\n|---|---|\n| 1', '| a | b |\n|---|---|\n| 1'],
  ['A paragraph\n-', 'A paragraph'],
  ['- one\n- ', '- one'],
  ['```py', ''],
  ['```python\nx', '```python\nx'],
  ['snake_case_name', 'snake_case_name'],
  ['2 * 3 * 4', '2 * 3 * 4'],
])('%j is shown as %j', (text, shown) => expect(settled(text)).toBe(shown));

test('the parts of code are the same however much follows', () => {
  const text = Array.from({ length: 400 }, (_, i) => (i % 7 === 6 ? '' : `line ${i}`)).join('\n');
  const whole = parts(text);
  expect(whole.join('')).toBe(text);
  expect(whole.length).toBeGreaterThan(4);
  for (let end = 1; end < text.length; end += 97) {
    const some = parts(text.slice(0, end));
    expect(some.slice(0, -1)).toEqual(whole.slice(0, some.length - 1));
  }
});

test('what has not changed stays the same node', () => {
  const root = document.createElement('div');
  root.innerHTML = '<p>one <em>two</em></p><ul><li>a</li><li>b</li></ul>';
  const [p, first, text] = [root.firstChild, root.querySelector('li'), root.querySelector('em')!.firstChild];
  const wanted = document.createElement('div');
  wanted.innerHTML = '<p>one <em>two three</em></p><ul><li>a</li><li class="x">b c</li><li>d</li></ul><hr>';
  const html = wanted.innerHTML;
  patch(root, wanted);
  expect(root.innerHTML).toBe(html);
  expect([root.firstChild, root.querySelector('li'), root.querySelector('em')!.firstChild]).toEqual([p, first, text]);
  expect(root.firstChild).toBe(p);
});
