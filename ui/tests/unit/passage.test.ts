// A passage is found in the drawn answer whatever Markdown makes of it, and at the right one of several places.
import { afterEach, expect, test } from 'vitest';
import { Alignment } from '$features/chat/align';
import { paint, slice, unpaint } from '$features/chat/passage';
import { Blocks } from '$lib/markdown/blocks';
import { render, toolsLoaded } from '$lib/markdown/render';
import { ANSWER } from '../fake/texts';

function drawn(markdown: string): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = new Blocks().of(markdown, false).map((block) => `<div class="block">${render(block.text)}</div>`).join('');
  document.body.append(root);
  return root;
}
const chars = (text: string) => Array.from(text).length;
function found(markdown: string, passage: string, from = 0) {
  const at = markdown.indexOf(passage, from);
  const start = chars(markdown.slice(0, at));
  return new Alignment(drawn(markdown), markdown).toRange(start, start + chars(passage));
}
afterEach(() => document.body.replaceChildren());

test.each([
  ['Spacing works because **forgetting is part of learning**', 'Spacing works because forgetting is part of learning'],
  ['on its *stability* $S$', 'on its stability S'],
  ['> Memory is the residue of thought.', 'Memory is the residue of thought'],
  ['- Right after a review, \\(R = 1\\).\n- When $t = S$', 'Right after a review, R = 1.When t = S'],
  ['factor = 0.9 ** (-1 / w20) - 1', 'factor = 0.9 ** (-1 / w20) - 1'],
  ['| Four spaced sessions | 78 % | 62 % |', 'Four spaced sessions78 %62'],
])('%s', async (passage, shown) => {
  drawn(ANSWER);
  await toolsLoaded();
  document.body.replaceChildren();
  const range = found(ANSWER, passage);
  const copy = range?.cloneContents();
  // A formula is there twice, for the eye and for the screen reader; its TeX says it once.
  copy?.querySelectorAll('.katex').forEach((formula) => formula.replaceWith(formula.querySelector('annotation')?.textContent ?? ''));
  expect(copy?.textContent?.replace(/\s+/g, ' ').replace(/\. ?When/, '.When').trim()).toContain(shown);
});

test('marks, links, entities, numbers of lists and code fences do not hide it', () => {
  const text = 'Intro.\n\n1. First see [the *book*](https://example.org/a_(b)?x=1 "Title") &amp; **read** it.\n2. Then `code`.\n\n```js\nlet a = 1;\n```\n\nEnd.';
  expect(found(text, '1. First see [the *book*](https://example.org/a_(b)?x=1 "Title") &amp; **read** it.')?.toString()).toBe('First see the book & read it');
  expect(found(text, '2. Then `code`.\n\n```js\nlet a = 1;\n```\n\nEnd')?.toString()).toMatch(/^Then code[\s\S]*let a = 1;[\s\S]*End$/);
});

test('the range counts scalar values: what is before it may be outside the basic plane', () => {
  const text = '🧠🧠🧠 Ein **Gedächtnis** 🧠 braucht 𝒲𝒾ℯ𝒹ℯ𝓇holung.';
  expect(slice(text, 0, 3)).toBe('🧠🧠🧠');
  expect(found(text, '𝒲𝒾ℯ𝒹ℯ𝓇holung')?.toString()).toBe('𝒲𝒾ℯ𝒹ℯ𝓇holung');
});

test('of several places the right one', () => {
  const text = 'Cells divide. Cats sleep.\n\nThen again: cells rest.\n\nCells divide. Dogs sleep.';
  const second = found(text, 'Cells divide.', 10)!;
  expect(second.startContainer.parentElement?.textContent).toContain('Dogs');
  expect(found(text, 'Cells divide.')!.startContainer.parentElement?.textContent).toContain('Cats');
});

test('what is not there is not found, nor what is there only by a few letters', () => {
  const root = drawn('Some text.');
  expect(new Alignment(root, 'Another text entirely.').toRange(0, 12)).toBeNull();
  expect(new Alignment(root, '***').toRange(0, 3)).toBeNull();
});

test('without highlights in the engine its blocks are marked', () => {
  const text = 'One.\n\nTwo.\n\nThree.\n\nFour.';
  const root = drawn(text);
  const marked = () => [...root.querySelectorAll('[data-passage]')].map((block) => block.textContent?.trim());
  paint(root, 'passage', [new Alignment(root, text).toRange(6, 18)!]);
  expect(marked()).toEqual(['Two.', 'Three.']);
  paint(root, 'passage', [new Alignment(root, text).toRange(0, 4)!]);
  expect(marked()).toEqual(['One.']);
  unpaint(root, 'passage');
  expect(marked()).toEqual([]);
});
